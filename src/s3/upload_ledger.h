#pragma once

/// @file
/// Private to s3: what must be known of a multipart upload when the process
/// that began it is no more.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/time_format.h"
#include "s3/s3_request.h"

namespace cofre::s3 {

/// Which upload it is. Written before the upload is created: a process that
/// dies between the request and its answer leaves a trace all the same.
struct LedgerHead {
    std::string endpoint;  ///< Base URL.
    std::string bucket;
    std::string key;
    std::string marker;           ///< Metadata by which the finished object is recognized.
    std::string fields;           ///< Digest of all else that the object is born with.
    std::uint64_t size = 0;       ///< 0: of a stream, which cannot be read again.
    std::uint64_t part_size = 0;  ///< Of all parts but the last.
    WallTime begun{};             ///< By the clock that requests are signed with.
};

/// A file of the ledger folder, locked (flock(2)) while its upload lives, so
/// that nobody takes a living upload for a dead one. One line for each fact,
/// written to disk before the next part begins. set_upload_id() and add_part()
/// may be called on several threads at once.
class UploadLedger {
public:
    /// On failure nothing is left behind.
    static Result<std::unique_ptr<UploadLedger>> create(const std::filesystem::path& folder, const LedgerHead& head);

    /// Ledgers of dead processes. A file that is damaged, or of another version,
    /// is left alone and reported in the log. A missing folder has none.
    static Result<std::vector<std::unique_ptr<UploadLedger>>> take_all_dead(const std::filesystem::path& folder);
    /// Only those of one object.
    static Result<std::vector<std::unique_ptr<UploadLedger>>> take_dead(const std::filesystem::path& folder,
                                                                        std::string_view endpoint,
                                                                        std::string_view bucket, std::string_view key);

    const LedgerHead& head() const { return head_; }
    /// What the dead process had written down; empty for one's own.
    const std::string& upload_id() const { return upload_id_; }  ///< Empty: its answer was never seen.
    const std::map<int, UploadedPart>& parts() const { return parts_; }

    Status set_upload_id(const std::string& upload_id) const;
    Status add_part(const UploadedPart& part) const;

    /// The upload is complete or aborted: forget it.
    void remove();

private:
    UploadLedger(std::filesystem::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    static Result<std::vector<std::unique_ptr<UploadLedger>>> take_dead(const std::filesystem::path& folder,
                                                                        const std::string& begin);
    static std::unique_ptr<UploadLedger> take(const std::filesystem::path& path);
    Status parse(std::string_view text);
    Status take_line(std::string_view name, std::string_view value);
    Status write_head(const std::filesystem::path& draft) const;
    Status append(const std::string& line) const;

    const std::filesystem::path path_;
    UniqueFd fd_;
    LedgerHead head_;
    std::string upload_id_;
    std::map<int, UploadedPart> parts_;
};

}  // namespace cofre::s3
