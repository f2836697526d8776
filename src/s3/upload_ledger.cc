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

}  // namespace

Result<std::unique_ptr<UploadLedger>> UploadLedger::create(const std::filesystem::path& folder,
                                                           const LedgerHead& head) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return Error::from_errno(failed.value(), "create " + folder.native());
    auto path = folder / (name_of(head.endpoint, head.bucket, head.key) + crypto::random_hex(8) + std::string(kSuffix));
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return Error::from_errno(errno, "create " + path.native());
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return Error::from_errno(errno, "lock " + path.native());
    std::unique_ptr<UploadLedger> ledger(new UploadLedger(std::move(path), std::move(fd)));
    ledger->head_ = head;
    COFRE_TRY(ledger->append(std::string(kFirstLine) + "\nendpoint " + percent_encode(head.endpoint) + "\nbucket " +
                             percent_encode(head.bucket) + "\nkey " + percent_encode(head.key) + "\nmarker " +
                             head.marker + "\nfields " + head.fields + "\nsize " + std::to_string(head.size) +
                             "\npart-size " + std::to_string(head.part_size) + "\nbegun " + format_rfc3339(head.begun) +
                             "\n"));
    COFRE_TRY(sync_directory(folder));
    return ledger;
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
        if (!name.starts_with(begin) || !name.ends_with(kSuffix)) continue;
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
        state_.with([&](State& state) { state.parts[part.number] = std::move(part); });
        return {};
    }
    for (const auto& [field, member] : kTextFields) {
        if (name != field) continue;
        COFRE_ASSIGN(head_.*member, percent_decode(value));
        return {};
    }
    if (name == "upload-id") {
        COFRE_ASSIGN(auto id, percent_decode(value));
        state_.with([&](State& state) { state.upload_id = std::move(id); });
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

std::string UploadLedger::upload_id() const {
    return state_.with([](const State& state) { return state.upload_id; });
}

std::map<int, UploadedPart> UploadLedger::parts() const {
    return state_.with([](const State& state) { return state.parts; });
}

Status UploadLedger::set_upload_id(const std::string& upload_id) {
    state_.with([&](State& state) { state.upload_id = upload_id; });
    return append("upload-id " + percent_encode(upload_id) + "\n");
}

Status UploadLedger::add_part(const UploadedPart& part) {
    state_.with([&](State& state) { state.parts[part.number] = part; });
    return append("part " + std::to_string(part.number) + " " + std::to_string(part.size) + " " + part.sha256.hex() +
                  " " + percent_encode(part.etag) + "\n");
}

// O_APPEND: one write is one line, whichever thread it comes from.
Status UploadLedger::append(const std::string& line) {
    COFRE_TRY(write_all(fd_.get(), as_bytes(line), path_.native()));
    if (::fdatasync(fd_.get()) != 0) return Error::from_errno(errno, "write " + path_.native());
    return {};
}

void UploadLedger::remove() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

}  // namespace cofre::s3
