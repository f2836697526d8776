#include "store/local_writer.h"

#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "store/call_check.h"
#include "store/folder_entries.h"
#include "store/local_folders.h"

namespace cofre::store {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr std::chrono::hours kStaleAfter{24};

// Each attempt fails only if a remove() elsewhere pruned the folder just then.
constexpr int kMoveAttempts = 100;

}  // namespace

Result<std::unique_ptr<LocalWriter>> LocalWriter::create(int root, const ObjectKey& key, const PutOptions& options) {
    COFRE_ASSIGN(LocalPath path, to_local_path(key));
    if (!options.if_match.empty()) {
        // A file has no ETag that a rename could be made to depend on.
        return Error(ErrorCode::kUnsupported,
                     "put " + escape_for_display(key.str()) + ": a folder cannot replace a file on condition");
    }
    std::unique_ptr<LocalWriter> writer(
        new LocalWriter("put " + escape_for_display(key.str()), std::move(path), options));
    writer->root_ = UniqueFd(::fcntl(root, F_DUPFD_CLOEXEC, 0));
    if (!writer->root_) return Error::from_errno(errno, writer->doing_);
    COFRE_TRY(writer->check_key());
    COFRE_TRY(writer->open_temporary());
    return writer;
}

LocalWriter::~LocalWriter() {
    if (temporary_name_.empty()) return;
    if (::unlinkat(temporary_folder_.get(), temporary_name_.c_str(), 0) == 0) return;
    const int error = errno;
    log_warning("store",
                Error::from_errno(error, doing_ + ": remove " + std::string(kTemporaryFolder) + "/" + temporary_name_)
                    .message());
}

Status LocalWriter::open_temporary() {
    COFRE_ASSIGN(temporary_folder_, create_folders(root_.get(), std::string(kTemporaryFolder), doing_));
    const std::string name = crypto::random_hex(16);
    file_ = UniqueFd(::openat(temporary_folder_.get(), name.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (!file_) return Error::from_errno(errno, doing_);
    temporary_name_ = name;
    ::flock(file_.get(), LOCK_EX | LOCK_NB);  // Ours is new: this fails only where locks are unknown.
    return {};
}

Result<LocalWriter::Occupant> LocalWriter::occupant(int folder) const {
    struct stat info {};
    if (::fstatat(folder, path_.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return Occupant::kNothing;
        return name_error(errno, doing_);
    }
    if (S_ISREG(info.st_mode)) return Occupant::kObject;
    if (S_ISDIR(info.st_mode)) return name_error(EISDIR, doing_);
    if (S_ISLNK(info.st_mode)) return name_error(ELOOP, doing_);
    return Error(ErrorCode::kUnsupported, doing_ + ": something that is not a file stands in the way");
}

Status LocalWriter::check_key() const {
    const UniqueFd folder = open_beneath(root_.get(), path_.folder, O_PATH | O_DIRECTORY);
    if (!folder && errno == ENOENT) return {};
    if (!folder) return name_error(errno, doing_);
    COFRE_ASSIGN(const Occupant found, occupant(folder.get()));
    if (found == Occupant::kObject && options_.if_absent) {
        return Error(ErrorCode::kConflict, doing_ + ": the object exists");
    }
    return {};
}

Status LocalWriter::append(const CallContext& ctx, std::span<const std::byte> data) {
    COFRE_TRY(check_call(ctx, doing_));
    hash_.update(data);
    size_ += data.size();
    return write_all(file_.get(), data, doing_);
}

Result<PutReceipt> LocalWriter::commit(const CallContext& ctx) {
    COFRE_TRY(check_call(ctx, doing_));
    const crypto::Sha256Digest digest = hash_.finish();
    if (options_.sha256 && *options_.sha256 != digest) {
        return Error(ErrorCode::kConflict, doing_ + ": the bytes are not those that were announced");
    }
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0) return Error::from_errno(errno, doing_);
    COFRE_TRY(move_into_place());
    return PutReceipt{size_, digest, etag_of(info), {}};
}

Status LocalWriter::move_into_place() {
    for (int attempt = 0; attempt < kMoveAttempts; ++attempt) {
        COFRE_ASSIGN(const bool is_moved, try_move());
        if (is_moved) return {};
    }
    return Error(ErrorCode::kConflict, doing_ + ": its folder is removed again and again");
}

// False: the folder vanished on the way.
Result<bool> LocalWriter::try_move() {
    auto folder = create_folders(root_.get(), path_.folder, doing_);
    if (!folder && folder.error().code() == ErrorCode::kNotFound) return false;
    if (!folder) return std::move(folder).error();
    COFRE_ASSIGN(const Occupant found, occupant(folder->get()));
    // The old object must not give way to one that a power cut can empty. A
    // new one is made durable by sync(), unless it must never be seen empty.
    if (found == Occupant::kObject || options_.power_safe) COFRE_TRY(sync_file());
    if (file_) COFRE_TRY(file_.close(doing_));

    const int error = rename_to(folder->get());
    if (error == ENOENT) return false;
    if (error == EEXIST) return Error(ErrorCode::kConflict, doing_ + ": the object exists");
    if (error != 0) {
        remove_empty_folders(root_.get(), path_.folder);
        return name_error(error, doing_);
    }
    temporary_name_.clear();
    if (found == Occupant::kObject && ::fsync(folder->get()) != 0 && errno != EINVAL) {
        return Error::from_errno(errno, doing_ + ": fsync its folder");
    }
    return true;
}

// 0, or the errno.
int LocalWriter::rename_to(int folder) const {
    const char* from = temporary_name_.c_str();
    const char* to = path_.name.c_str();
    const unsigned flags = options_.if_absent ? unsigned{RENAME_NOREPLACE} : 0U;
    if (::renameat2(temporary_folder_.get(), from, folder, to, flags) == 0) return 0;
    if (flags == 0 || (errno != EINVAL && errno != ENOSYS)) return errno;
    // Some network and user-space file systems cannot do that, but link.
    if (::linkat(temporary_folder_.get(), from, folder, to, 0) != 0) return errno;
    ::unlinkat(temporary_folder_.get(), from, 0);
    return 0;
}

Status LocalWriter::sync_file() {
    if (is_synced_) return {};
    if (!file_) {  // Closed by an earlier attempt.
        file_ = UniqueFd(::openat(temporary_folder_.get(), temporary_name_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file_) return Error::from_errno(errno, doing_);
    }
    while (::fsync(file_.get()) != 0) {
        if (errno != EINTR) return Error::from_errno(errno, doing_ + ": fsync");
    }
    is_synced_ = true;
    return {};
}

void remove_stale_temporaries(int root) {
    const UniqueFd folder = open_beneath(root, std::string(kTemporaryFolder), O_RDONLY | O_DIRECTORY);
    if (!folder) return;
    const auto entries = read_folder(folder.get(), kTemporaryFolder);
    if (!entries) return;
    const WallTime limit = system_clock().wall_now() - kStaleAfter;
    for (const FolderEntry& entry : *entries) {
        const UniqueFd file(::openat(folder.get(), entry.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat info {};
        if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
        if (wall_time(info.st_mtim) > limit || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
        ::unlinkat(folder.get(), entry.name.c_str(), 0);
    }
}

}  // namespace cofre::store
