#include "repo/repo_cache.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "crypto/random.h"

namespace cofre::repo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCacheTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This is a cache of cofre. It may be deleted at any time; see https://bford.info/cachedir/\n";
constexpr std::uint64_t kPutsBetweenTrims = 256ULL << 20U;
constexpr mode_t kCacheFileMode = 0600;

std::string_view cache_folder(FileKind kind) {
    switch (kind) {
        case FileKind::kIndex: return "index";
        case FileKind::kSnapshot: return "snapshots";
        default: return "data";
    }
}

Status make_private_folder(const fs::path& path) {
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) return Error(ErrorCode::kInternal, "create " + path.string() + ": " + failed.message());
    fs::permissions(path, fs::perms::owner_all, failed);
    return {};
}

std::optional<ByteBuffer> read_cached(const fs::path& path, std::uint64_t offset, std::optional<std::size_t> length) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return std::nullopt;
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (offset > size || (length && *length > size - offset)) return std::nullopt;
    ByteBuffer out(length.value_or(size - offset));
    const FileSource source(fd.get(), size);
    if (!source.read_at(offset, out.bytes())) return std::nullopt;
    ::futimens(fd.get(), nullptr);  // Used now: the last to be evicted.
    return out;
}

struct CachedFile {
    fs::path path;
    std::uint64_t size = 0;
    fs::file_time_type used;
};

/// Files that vanish meanwhile are another process's doing, and no fault.
std::vector<CachedFile> files_below(const fs::path& folder) {
    std::vector<CachedFile> out;
    std::error_code failed;
    fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, failed);
    for (; !failed && walk != fs::recursive_directory_iterator(); walk.increment(failed)) {
        std::error_code ignored;
        if (!walk->is_regular_file(ignored)) continue;
        CachedFile file{walk->path(), walk->file_size(ignored), walk->last_write_time(ignored)};
        if (!ignored) out.push_back(std::move(file));
    }
    return out;
}

}  // namespace

std::optional<fs::path> RepoCache::default_root() {
    // Set before threads start, and never changed by us.
    const char* const base = std::getenv("XDG_CACHE_HOME");  // NOLINT(concurrency-mt-unsafe)
    if (base != nullptr && *base == '/') return fs::path(base) / "cofre";
    const char* const home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
    if (home != nullptr && *home == '/') return fs::path(home) / ".cache" / "cofre";
    return std::nullopt;
}

RepoCache::RepoCache(fs::path folder, std::uint64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

RepoCache::~RepoCache() {
    if (state_.with([](const State& state) { return state.put_since_trim; }) > 0) trim();
}

std::unique_ptr<RepoCache> RepoCache::open(const fs::path& root, const Id& repository, std::uint64_t max_bytes) {
    const auto folder = root / repository.hex();
    for (const auto kind : {FileKind::kIndex, FileKind::kSnapshot, FileKind::kPack}) {
        if (const auto made = make_private_folder(folder / cache_folder(kind)); !made) {
            log_warning("repo", "no cache is used: " + made.error().message());
            return nullptr;
        }
    }
    std::error_code failed;
    if (const auto tag = root / "CACHEDIR.TAG"; !fs::exists(tag, failed)) {
        if (const auto written = write_file_atomic(tag, kCacheTag); !written) {
            log_warning("repo", "the cache cannot be marked as one: " + written.error().message());
        }
    }
    return std::unique_ptr<RepoCache>(new RepoCache(folder, max_bytes));
}

fs::path RepoCache::file_path(FileKind kind, const Id& id) const {
    const std::string name = id.hex();
    return folder_ / cache_folder(kind) / name.substr(0, 2) / name;
}

std::optional<ByteBuffer> RepoCache::get(FileKind kind, const Id& id) {
    const auto path = file_path(kind, id);
    auto bytes = read_cached(path, 0, std::nullopt);
    if (!bytes || Id::of(bytes->bytes()) == id) return bytes;
    log_warning("repo", "a damaged file was removed from the cache: " + path.string());
    remove(kind, id);
    return std::nullopt;
}

std::optional<ByteBuffer> RepoCache::get_range(FileKind kind, const Id& id, std::uint64_t offset, std::size_t length) {
    return read_cached(file_path(kind, id), offset, length);
}

void RepoCache::put(FileKind kind, const Id& id, std::span<const std::byte> bytes) {
    const auto path = file_path(kind, id);
    const auto written = write_file(path, bytes);
    if (!written) {
        warn_once(written.error());
        return;
    }
    const bool is_due = state_.with([&](State& state) {
        state.put_since_trim += bytes.size();
        if (state.put_since_trim < kPutsBetweenTrims) return false;
        state.put_since_trim = 0;
        return true;
    });
    if (is_due) trim();
}

Status RepoCache::write_file(const fs::path& path, std::span<const std::byte> bytes) {
    COFRE_TRY(make_private_folder(path.parent_path()));
    // Without fsync: what a power cut leaves is checked when it is read.
    const fs::path temporary = path.parent_path() / ("." + crypto::random_hex(8) + ".tmp");
    UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kCacheFileMode));
    if (!fd) return Error::from_errno(errno, "create " + temporary.string());
    Status written = write_all(fd.get(), bytes, temporary.string());
    if (written) written = fd.close(temporary.string());
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
        written = Error::from_errno(errno, "rename " + temporary.string());
    }
    if (!written) ::unlink(temporary.c_str());
    return written;
}

void RepoCache::remove(FileKind kind, const Id& id) {
    ::unlink(file_path(kind, id).c_str());
}

void RepoCache::retain(FileKind kind, const std::unordered_set<Id, IdHash>& live) {
    for (const auto& file : files_below(folder_ / cache_folder(kind))) {
        Id id;
        if (Id::parse_into(file.path.filename().string(), id) && !live.contains(id)) ::unlink(file.path.c_str());
    }
}

void RepoCache::trim() {
    auto files = files_below(folder_);
    std::uint64_t total = 0;
    for (const auto& file : files)
        total += file.size;
    if (total <= max_bytes_) return;
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.used < b.used; });
    for (const auto& file : files) {
        if (total <= max_bytes_) break;
        if (::unlink(file.path.c_str()) == 0) total -= file.size;
    }
}

void RepoCache::warn_once(const Error& error) {
    const bool is_first = state_.with([](State& state) { return !std::exchange(state.has_warned, true); });
    if (is_first) log_warning("repo", "the cache cannot be written, so it stays as it is: " + error.message());
}

}  // namespace cofre::repo
