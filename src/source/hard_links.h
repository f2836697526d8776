#pragma once

/// @file
/// Which names are one and the same file.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace cofre::source {

/// Finds names of one file by inode and device. Not thread-safe. Memory: one
/// path for each file that has a name still to come.
class HardLinks {
public:
    /// The name under which the file was met first; nullopt the first time, and
    /// whenever `links` (st_nlink) says that it has no other name. Once all
    /// names have been met the file is forgotten.
    std::optional<std::string> meet(std::uint64_t device, std::uint64_t inode, std::uint64_t links,
                                    const std::string& path);

    std::size_t size() const { return files_.size(); }

private:
    struct Key {
        std::uint64_t device;
        std::uint64_t inode;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            return std::hash<std::uint64_t>()(key.inode * 0x9E3779B97F4A7C15U ^ key.device);
        }
    };
    struct File {
        std::string first_path;
        std::uint64_t names_left;
    };
    std::unordered_map<Key, File, KeyHash> files_;
};

}  // namespace cofre::source
