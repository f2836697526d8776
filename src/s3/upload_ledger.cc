#include "s3/upload_ledger.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/log.h"
#include "base/number.h"
#include "base/units.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace cofre::s3 {
namespace {

constexpr std::string_view kFirstLine = "cofre-upload 1";
constexpr std::string_view kSuffix = ".upload";
// Of a ledger that has not been begun yet; no request has been sent for it.
constexpr std::string_view kDraftSuffix = ".upload.new";
// 10 000 parts of about 170 bytes, and a key.
constexpr std::size_t kMaxBytes = 4_MiB;

struct TextField {
    std::string_view name;
    std::string LedgerHead::*member;
};
constexpr std::array<TextField, 5> kTextFields = {{{"endpoint", &LedgerHead::endpoint},
                                                   {"bucket", &LedgerHead::bucket},
                                                   {"key", &LedgerHead::key},
                                                   {"marker", &LedgerHead::marker},
                                                   {"fields", &LedgerHead::fields}}};

/// Begins the names of all ledgers of one object.
std::string name_of(std::string_view endpoint, std::string_view bucket, std::string_view key) {
    const std::string object = std::string(endpoint) + '\n' + std::string(bucket) + '\n' + std::string(key);
    return crypto::sha256(object).hex().substr(0, 24) + "-";
}

Error damaged(std::string_view what) {
    return {ErrorCode::kCorruption, "no " + std::string(what) + " that can be read"};
}

template <typename Number>
Result<Number> read_number(std::string_view text, std::string_view what) {
    const auto number = parse_number<Number>(text);
    if (!number) return damaged(what);
    return *number;
}

std::string_view next_word(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

/// "NUMBER SIZE SHA256 ETAG".
Result<UploadedPart> parse_part(std::string_view text) {
    UploadedPart part;
    COFRE_ASSIGN(part.number, read_number<int>(next_word(text), "part number"));
    COFRE_ASSIGN(part.size, read_number<std::uint64_t>(next_word(text), "part size"));
    COFRE_ASSIGN(part.sha256, crypto::Sha256Digest::parse(next_word(text)));
    COFRE_ASSIGN(part.etag, percent_decode(text));
    return part;
}

void remove_if_dead(const std::filesystem::path& draft) {
    const UniqueFd fd(::open(draft.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    std::error_code ignored;
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) std::filesystem::remove(draft, ignored);
}

}  // namespace

Result<std::unique_ptr<UploadLedger>> UploadLedger::create(const std::filesystem::path& folder,
                                                           const LedgerHead& head) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return Error::from_errno(failed.value(), "create " + folder.native());
    auto path = folder / (name_of(head.endpoint, head.bucket, head.key) + crypto::random_hex(8) + std::string(kSuffix));
    // Locked and whole before it has a name by which others look for it.
    auto draft = path;
    draft.replace_extension(kDraftSuffix);
    UniqueFd fd(::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return Error::from_errno(errno, "create " + draft.native());
    std::unique_ptr<UploadLedger> ledger(new UploadLedger(std::move(path), std::move(fd)));
    ledger->head_ = head;
    const Status begun = ledger->write_head(draft);
    if (begun) return ledger;
    std::filesystem::remove(draft, failed);
    ledger->remove();
    return begun.error();
}

Status UploadLedger::write_head(const std::filesystem::path& draft) const {
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) return Error::from_errno(errno, "lock " + draft.native());
    std::string text(kFirstLine);
    for (const auto& [name, member] : kTextFields)
        text.append(1, '\n').append(name).append(1, ' ').append(percent_encode(head_.*member));
    text += "\nsize " + std::to_string(head_.size) + "\npart-size " + std::to_string(head_.part_size) + "\nbegun " +
            format_rfc3339(head_.begun) + "\n";
    COFRE_TRY(append(text));
    if (::rename(draft.c_str(), path_.c_str()) != 0) return Error::from_errno(errno, "rename " + draft.native());
    return sync_directory(path_.parent_path());
}

Result<std::vector<std::unique_ptr<UploadLedger>>> UploadLedger::take_all_dead(const std::filesystem::path& folder) {
    return take_dead(folder, "");
}

Result<std::vector<std::unique_ptr<UploadLedger>>> UploadLedger::take_dead(const std::filesystem::path& folder,
                                                                           std::string_view endpoint,
                                                                           std::string_view bucket,
                                                                           std::string_view key) {
    return take_dead(folder, name_of(endpoint, bucket, key));
}

Result<std::vector<std::unique_ptr<UploadLedger>>> UploadLedger::take_dead(const std::filesystem::path& folder,
                                                                           const std::string& begin) {
    std::vector<std::unique_ptr<UploadLedger>> found;
    std::error_code failed;
    std::filesystem::directory_iterator entries(folder, failed);
    if (failed == std::errc::no_such_file_or_directory) return found;
    for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
        const std::string name = entries->path().filename().native();
        if (!name.starts_with(begin)) continue;
        if (name.ends_with(kDraftSuffix)) remove_if_dead(entries->path());
        if (!name.ends_with(kSuffix)) continue;
        if (auto ledger = take(entries->path())) found.push_back(std::move(ledger));
    }
    if (failed) return Error::from_errno(failed.value(), "read " + folder.native());
    return found;
}

// Null: its process lives, or it has just ended, or it cannot be read.
std::unique_ptr<UploadLedger> UploadLedger::take(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return nullptr;
    // Whoever held the lock may have removed the file while we waited to open it.
    struct ::stat status {};
    if (::fstat(fd.get(), &status) != 0 || status.st_nlink == 0) return nullptr;
    std::unique_ptr<UploadLedger> ledger(new UploadLedger(path, std::move(fd)));
    const auto text = read_small_file(path, kMaxBytes);
    const Status parsed = text ? ledger->parse(*text) : Status(text.error());
    if (parsed) return ledger;
    log_warning("s3", "upload ledger " + escape_for_display(path.native()) + ": " + parsed.error().message() +
                          "; it is left alone");
    return nullptr;
}

Status UploadLedger::parse(std::string_view text) {
    bool is_first = true;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) break;  // Cut short by the end of its process.
        const auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (std::exchange(is_first, false)) {
            if (line != kFirstLine) return damaged("first line");
            continue;
        }
        std::string_view value = line;
        const auto name = next_word(value);
        COFRE_TRY(take_line(name, value));
    }
    if (head_.key.empty() || head_.bucket.empty() || head_.marker.empty() || head_.begun == WallTime{}) {
        return damaged("complete head");
    }
    return {};
}

Status UploadLedger::take_line(std::string_view name, std::string_view value) {
    if (name == "part") {
        COFRE_ASSIGN(auto part, parse_part(value));
        parts_[part.number] = std::move(part);
        return {};
    }
    for (const auto& [field, member] : kTextFields) {
        if (name != field) continue;
        COFRE_ASSIGN(head_.*member, percent_decode(value));
        return {};
    }
    if (name == "upload-id") {
        COFRE_ASSIGN(upload_id_, percent_decode(value));
    }
    if (name == "size") {
        COFRE_ASSIGN(head_.size, read_number<std::uint64_t>(value, name));
    }
    if (name == "part-size") {
        COFRE_ASSIGN(head_.part_size, read_number<std::uint64_t>(value, name));
    }
    if (name == "begun") {
        COFRE_ASSIGN(head_.begun, parse_rfc3339(value));
    }
    return {};
}

Status UploadLedger::set_upload_id(const std::string& upload_id) const {
    return append("upload-id " + percent_encode(upload_id) + "\n");
}

Status UploadLedger::add_part(const UploadedPart& part) const {
    return append("part " + std::to_string(part.number) + " " + std::to_string(part.size) + " " + part.sha256.hex() +
                  " " + percent_encode(part.etag) + "\n");
}

// O_APPEND: one write is one line, whichever thread it comes from.
Status UploadLedger::append(const std::string& line) const {
    COFRE_TRY(write_all(fd_.get(), as_bytes(line), path_.native()));
    if (::fdatasync(fd_.get()) != 0) return Error::from_errno(errno, "write " + path_.native());
    return {};
}

void UploadLedger::remove() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

}  // namespace cofre::s3
