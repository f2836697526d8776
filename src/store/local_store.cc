#include "store/local_store.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "store/call_check.h"
#include "store/folder_entries.h"
#include "store/local_folders.h"
#include "store/local_listing.h"
#include "store/local_names.h"
#include "store/local_writer.h"

namespace cofre::store {
namespace {

constexpr int kLookFlags = O_PATH;
// O_NONBLOCK: a FIFO that somebody put there must not keep us waiting.
constexpr int kReadFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

Error no_such_key(const std::string& doing) {
    return Error(ErrorCode::kNotFound, doing + ": no such object");
}

ObjectHead head_of(const struct stat& info) {
    ObjectHead head;
    head.size = static_cast<std::uint64_t>(info.st_size);
    head.etag = etag_of(info);
    head.last_modified = wall_time(info.st_mtim);
    return head;
}

struct OpenObject {
    UniqueFd file;
    struct stat info {};
};

// kNotFound for whatever is not an object: a folder, a device, nothing.
// kUnsupported for a symbolic link.
Result<OpenObject> open_object(int root, const ObjectKey& key, int flags, const std::string& doing) {
    COFRE_ASSIGN(const LocalPath path, to_local_path(key));
    OpenObject object;
    object.file = open_beneath(root, join_path(path.folder, path.name), flags);
    if (!object.file && (errno == ENOENT || errno == ENOTDIR)) return no_such_key(doing);
    if (!object.file) return name_error(errno, doing);
    if (::fstat(object.file.get(), &object.info) != 0) return Error::from_errno(errno, doing);
    if (S_ISLNK(object.info.st_mode)) return name_error(ELOOP, doing);  // O_PATH opens the link itself.
    if (!S_ISREG(object.info.st_mode)) return no_such_key(doing);
    return object;
}

}  // namespace

Result<std::unique_ptr<LocalStore>> LocalStore::open(const std::filesystem::path& root, Missing missing) {
    std::error_code error;
    std::filesystem::path absolute = std::filesystem::absolute(root, error);
    if (error) return Error::from_errno(error.value(), "open folder " + root.string());
    if (!absolute.has_filename()) absolute = absolute.parent_path();  // "/backups/"
    const std::string doing = "open folder " + escape_for_display(absolute.string());
    if (missing == Missing::kCreate) {
        std::filesystem::create_directories(absolute.parent_path(), error);
        if (error) return Error::from_errno(error.value(), doing);
        if (::mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS) {
            return Error::from_errno(errno, doing);
        }
    }
    UniqueFd fd(::open(absolute.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd && errno == ENOTDIR) return Error(ErrorCode::kInvalidArgument, doing + ": it is not a folder");
    if (!fd) return Error::from_errno(errno, doing);
    remove_stale_temporaries(fd.get());
    return std::unique_ptr<LocalStore>(new LocalStore(absolute, std::move(fd)));
}

std::string LocalStore::describe() const {
    return "file://" + root_.string();
}

Result<PutReceipt> LocalStore::put(const CallContext& ctx, const ObjectKey& key, const ByteSource& body,
                                   const PutOptions& options) {
    COFRE_TRY(check_call(ctx, "put"));
    // Read once: what is hashed is what is written, whatever the source does.
    COFRE_ASSIGN(const auto writer, LocalWriter::create(root_fd_.get(), key, options));
    COFRE_TRY(copy_bytes(body, [&](std::span<const std::byte> bytes) { return writer->append(ctx, bytes); }));
    return writer->commit(ctx);
}

Result<std::unique_ptr<ObjectWriter>> LocalStore::create_writer(const CallContext& ctx, const ObjectKey& key,
                                                                const PutOptions& options) {
    COFRE_TRY(check_call(ctx, "create writer"));
    COFRE_ASSIGN(auto writer, LocalWriter::create(root_fd_.get(), key, options));
    return std::unique_ptr<ObjectWriter>(std::move(writer));
}

Result<ObjectHead> LocalStore::get(const CallContext& ctx, const ObjectKey& key, ByteRange range,
                                   const ByteSink& sink) {
    const std::string doing = "get " + escape_for_display(key.str());
    COFRE_TRY(check_call(ctx, doing));
    COFRE_ASSIGN(const OpenObject object, open_object(root_fd_.get(), key, kReadFlags, doing));
    const ObjectHead head = head_of(object.info);
    if (range.offset > head.size || (range.length && *range.length > head.size - range.offset)) {
        return Error(ErrorCode::kInvalidArgument, doing + ": the range ends after the object");
    }
    const FileSource file(object.file.get(), head.size);
    const SliceSource slice(file, range.offset, range.length.value_or(head.size - range.offset));
    COFRE_TRY(copy_bytes(slice, [&](std::span<const std::byte> bytes) -> Status {
        COFRE_TRY(check_call(ctx, doing));
        return sink(bytes);
    }));
    // We replace files as a whole; somebody else may have written into this one.
    struct stat after {};
    if (::fstat(object.file.get(), &after) != 0) return Error::from_errno(errno, doing);
    if (etag_of(after) != head.etag) return Error(ErrorCode::kConflict, doing + ": it changed while it was read");
    return head;
}

Result<ObjectHead> LocalStore::head(const CallContext& ctx, const ObjectKey& key) {
    const std::string doing = "head " + escape_for_display(key.str());
    COFRE_TRY(check_call(ctx, doing));
    COFRE_ASSIGN(const OpenObject object, open_object(root_fd_.get(), key, kLookFlags, doing));
    return head_of(object.info);
}

Status LocalStore::remove(const CallContext& ctx, const ObjectKey& key) {
    const std::string doing = "remove " + escape_for_display(key.str());
    COFRE_TRY(check_call(ctx, doing));
    {
        const auto object = open_object(root_fd_.get(), key, kLookFlags, doing);
        if (!object && object.error().code() == ErrorCode::kNotFound) return {};
        if (!object) return object.error();
    }  // Closed first: NFS keeps the name of an open file, and so its folder.
    COFRE_ASSIGN(const LocalPath path, to_local_path(key));
    const UniqueFd folder = open_beneath(root_fd_.get(), path.folder, O_PATH | O_DIRECTORY);
    if (!folder && errno == ENOENT) return {};
    if (!folder) return name_error(errno, doing);
    if (::unlinkat(folder.get(), path.name.c_str(), 0) != 0 && errno != ENOENT) {
        return Error::from_errno(errno, doing);
    }
    remove_empty_folders(root_fd_.get(), path.folder);
    return {};
}

Result<std::vector<RemoveFailure>> LocalStore::remove_many(const CallContext& ctx, std::span<const ObjectKey> keys) {
    std::vector<RemoveFailure> failures;
    for (const ObjectKey& key : keys) {
        COFRE_TRY(check_call(ctx, "remove"));
        if (auto removed = remove(ctx, key); !removed) failures.push_back({key, std::move(removed).error()});
    }
    return failures;
}

Status LocalStore::copy(const CallContext& ctx, const ObjectKey& from, const ObjectKey& to) {
    const std::string doing = "copy " + escape_for_display(from.str());
    COFRE_TRY(check_call(ctx, doing));
    COFRE_ASSIGN(const OpenObject object, open_object(root_fd_.get(), from, kReadFlags, doing));
    const FileSource body(object.file.get(), static_cast<std::uint64_t>(object.info.st_size));
    COFRE_TRY(put(ctx, to, body, {}));
    return {};
}

Status LocalStore::list(const CallContext& ctx, const ListOptions& options, const Visitor& visit) {
    return LocalListing(root_fd_.get(), ctx, options, visit).run();
}

Status LocalStore::check_access(const CallContext& ctx) {
    const std::string doing = "check folder " + escape_for_display(root_.string());
    COFRE_TRY(check_call(ctx, doing));
    struct stat opened {};
    struct stat named {};
    if (::fstat(root_fd_.get(), &opened) != 0) return Error::from_errno(errno, doing);
    if (::stat(root_.c_str(), &named) != 0) return Error::from_errno(errno, doing);
    if (opened.st_dev != named.st_dev || opened.st_ino != named.st_ino) {
        return Error(ErrorCode::kNotFound, doing + ": another folder has taken its place");
    }
    if (::faccessat(root_fd_.get(), ".", R_OK | X_OK, AT_EACCESS) != 0) return Error::from_errno(errno, doing);
    return {};
}

Status LocalStore::sync(const CallContext& ctx) {
    COFRE_TRY(check_call(ctx, "sync"));
    if (::syncfs(root_fd_.get()) != 0) return Error::from_errno(errno, "sync " + escape_for_display(root_.string()));
    return {};
}

}  // namespace cofre::store
