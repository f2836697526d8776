#pragma once

/// @file
/// Temporary files that vanish with their descriptor.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace cofre::objects {

/// An empty file, readable and writable by us alone, without a name in
/// `folder`, whose disk it uses. kNotFound: no such folder.
/// kResourceExhausted: the disk is full.
Result<UniqueFd> create_unlinked_file(const std::filesystem::path& folder);

/// Collects small writes. Not thread-safe; `fd` must stay open.
class BufferedWriter {
public:
    explicit BufferedWriter(int fd) : fd_(fd) {}

    Status append(std::string_view text);
    /// What was appended is in the file after this, not before.
    Status flush();
    std::uint64_t size() const { return written_ + buffer_.size(); }

private:
    int fd_;
    std::uint64_t written_ = 0;
    std::string buffer_;
};

}  // namespace cofre::objects
