#define FUSE_USE_VERSION 35

#include "backup/repository_mount.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/task_group.h"
#include "base/utf8.h"
#include "repo/file_mode.h"
#include "repo/tree_walk.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kTreesKept = 128;
constexpr std::size_t kBlobsKept = 64;
constexpr int kPollMs = 250;

int errno_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kNotFound: return ENOENT;
        case ErrorCode::kInvalidArgument: return ENOTDIR;
        case ErrorCode::kCancelled: return EINTR;
        default: return EIO;
    }
}

/// The values used last. Thread-safe; two threads may make one value twice.
template <typename T>
class RecentlyUsed {
public:
    using Value = std::shared_ptr<const T>;  // Shared with whoever reads it when it is dropped here.
    explicit RecentlyUsed(std::size_t capacity) : capacity_(capacity) {}

    template <typename Make>
    Result<Value> get(const repo::Id& id, Make make) {
        auto found = state_.with([&](State& state) -> Value {
            const auto it = state.find(id);
            if (it == state.end()) return nullptr;
            it->second.used = ++clock_;
            return it->second.value;
        });
        if (found) return found;
        COFRE_ASSIGN(auto made, make());
        auto value = std::make_shared<const T>(std::move(made));
        state_.with([&](State& state) {
            if (state.size() >= capacity_) {
                state.erase(std::min_element(state.begin(), state.end(), [](const auto& a, const auto& b) {
                    return a.second.used < b.second.used;
                }));
            }
            state[id] = {value, ++clock_};
        });
        return Value(value);
    }

private:
    struct Entry {
        Value value;
        std::uint64_t used = 0;
    };
    using State = std::unordered_map<repo::Id, Entry, repo::IdHash>;
    std::size_t capacity_;
    std::uint64_t clock_ = 0;  // Guarded by state_.
    Guarded<State> state_;
};

/// What stands at a path.
struct MountedEntry {
    const SnapshotFolder* folder = nullptr;  ///< Else `node`, in `tree`.
    std::shared_ptr<const std::vector<repo::Node>> tree;
    const repo::Node* node = nullptr;
};

struct OpenedFile {
    std::vector<repo::Id> blobs;
    std::vector<std::uint64_t> ends;  ///< Of each blob in the file.
};

class MountedRepository {
public:
    MountedRepository(const CallContext& ctx, repo::Repository& repo, const SnapshotFolder& root)
        : ctx_(ctx), repo_(repo), root_(root) {}

    Result<MountedEntry> find(std::string_view path) {
        MountedEntry at{.folder = &root_, .tree = nullptr, .node = nullptr};
        while (!path.empty()) {
            path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
            const auto name = path.substr(0, path.find('/'));
            path.remove_prefix(name.size());
            if (name.empty()) break;
            COFRE_ASSIGN(at, step(at, name));
        }
        return at;
    }

    /// Of a snapshot or folder in one; null for a folder of snapshots.
    Result<std::shared_ptr<const std::vector<repo::Node>>> nodes_of(const MountedEntry& entry) {
        const auto& id = entry.folder != nullptr ? entry.folder->tree : entry.node->subtree;
        if (!id && entry.folder != nullptr) return std::shared_ptr<const std::vector<repo::Node>>();
        if (!id) return Error(ErrorCode::kInvalidArgument, "not a folder");
        return trees_.get(*id, [&] { return repo::load_tree(ctx_, repo_, *id); });
    }

    Result<std::unique_ptr<OpenedFile>> open(const repo::Node& node) const {
        auto file = std::make_unique<OpenedFile>();
        if (node.content) file->blobs = *node.content;
        std::uint64_t end = 0;
        const bool is_whole = repo_.with_index([&](const repo::BlobIndex& index) {
            for (const auto& id : file->blobs) {
                const auto place = index.find(repo::BlobType::kData, id);
                if (!place) return false;
                end += place->blob.plain_length();
                file->ends.push_back(end);
            }
            return true;
        });
        if (!is_whole) return Error(ErrorCode::kCorruption, "a blob is not in the index");
        return file;
    }

    Result<std::size_t> read(const OpenedFile& file, std::uint64_t offset, std::span<std::byte> out) {
        std::size_t done = 0;
        auto at = std::upper_bound(file.ends.begin(), file.ends.end(), offset);
        for (; at != file.ends.end() && done < out.size(); ++at) {
            const auto n = static_cast<std::size_t>(at - file.ends.begin());
            COFRE_ASSIGN(const auto blob, blobs_.get(file.blobs[n], [&] {
                return repo_.load_blob(ctx_, repo::BlobType::kData, file.blobs[n]);
            }));
            const std::uint64_t begin = n == 0 ? 0 : file.ends[n - 1];
            const auto from = blob->bytes().subspan(static_cast<std::size_t>(offset + done - begin));
            const auto length = std::min(from.size(), out.size() - done);
            std::memcpy(out.data() + done, from.data(), length);
            done += length;
        }
        return done;
    }

private:
    Result<MountedEntry> step(const MountedEntry& from, std::string_view name) {
        if (from.folder != nullptr && !from.folder->tree) {
            const auto found = from.folder->below.find(std::string(name));
            if (found == from.folder->below.end()) return Error(ErrorCode::kNotFound, "no such folder");
            return MountedEntry{.folder = &found->second, .tree = nullptr, .node = nullptr};
        }
        COFRE_ASSIGN(auto nodes, nodes_of(from));
        const auto found = std::lower_bound(nodes->begin(), nodes->end(), name,
                                            [](const repo::Node& node, std::string_view n) { return node.name < n; });
        if (found == nodes->end() || found->name != name) return Error(ErrorCode::kNotFound, "no such file");
        const repo::Node* const node = &*found;
        return MountedEntry{.folder = nullptr, .tree = std::move(nodes), .node = node};
    }

    CallContext ctx_;
    repo::Repository& repo_;
    const SnapshotFolder& root_;
    RecentlyUsed<std::vector<repo::Node>> trees_{kTreesKept};
    RecentlyUsed<ByteBuffer> blobs_{kBlobsKept};
};

MountedRepository& mounted() {
    return *static_cast<MountedRepository*>(::fuse_get_context()->private_data);
}

int failure(const char* path, const Error& error) {
    const int number = errno_of(error);
    if (number == EIO) log_warning("mount", escape_for_display(path) + ": " + error.message());
    return -number;
}

void describe_folder(const SnapshotFolder& folder, struct stat& out) {
    out.st_mode = folder.link.empty() ? S_IFDIR | 0555U : S_IFLNK | 0777U;
    out.st_nlink = folder.link.empty() ? 2 : 1;
    out.st_size = static_cast<off_t>(folder.link.size());
    out.st_mtim.tv_sec = folder.seconds;
    out.st_ctim = out.st_atim = out.st_mtim;
    out.st_uid = ::getuid();
    out.st_gid = ::getgid();
}

void describe_node(const repo::Node& node, struct stat& out) {
    const bool is_folder = node.type == repo::NodeType::kDirectory;
    out.st_mode = repo::to_st_mode(node.mode);
    out.st_nlink = is_folder ? 2 : std::max<nlink_t>(1, node.links);
    out.st_uid = node.uid;
    out.st_gid = node.gid;
    out.st_rdev = node.device;
    out.st_size = static_cast<off_t>(node.type == repo::NodeType::kSymlink ? node.link_target.size() : node.size);
    out.st_blocks = (out.st_size + 511) / 512;
    out.st_blksize = 512L * 1024;
    const auto time = [](const repo::ZonedTime& from) {
        return timespec{static_cast<time_t>(from.seconds), static_cast<long>(from.nanoseconds)};
    };
    out.st_mtim = time(node.mtime);
    out.st_atim = time(node.atime);
    out.st_ctim = time(node.ctime);
}

int mount_getattr(const char* path, struct stat* out, fuse_file_info* /*info*/) {
    const auto entry = mounted().find(path);
    if (!entry) return failure(path, entry.error());
    *out = {};
    if (entry->folder != nullptr) {
        describe_folder(*entry->folder, *out);
    } else {
        describe_node(*entry->node, *out);
    }
    return 0;
}

int mount_readlink(const char* path, char* out, std::size_t size) {
    const auto entry = mounted().find(path);
    if (!entry) return failure(path, entry.error());
    const std::string& target = entry->folder != nullptr ? entry->folder->link : entry->node->link_target;
    const auto length = std::min(target.size(), size - 1);
    std::memcpy(out, target.data(), length);
    out[length] = '\0';
    return 0;
}

int mount_readdir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t /*offset*/, fuse_file_info* /*info*/,
                  fuse_readdir_flags /*flags*/) {
    const auto entry = mounted().find(path);
    if (!entry) return failure(path, entry.error());
    const auto nodes = mounted().nodes_of(*entry);
    if (!nodes) return failure(path, nodes.error());
    const auto add = [&](const std::string& name) { fill(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags{}); };
    add(".");
    add("..");
    if (*nodes) {
        for (const auto& node : **nodes) {
            if (repo::check_restorable_name(node.name)) add(node.name);
        }
    } else {
        for (const auto& [name, folder] : entry->folder->below)
            add(name);
    }
    return 0;
}

int mount_open(const char* path, fuse_file_info* info) {
    if ((info->flags & O_ACCMODE) != O_RDONLY) return -EROFS;
    const auto entry = mounted().find(path);
    if (!entry) return failure(path, entry.error());
    if (entry->node == nullptr || entry->node->type != repo::NodeType::kFile) return -EISDIR;
    auto file = mounted().open(*entry->node);
    if (!file) return failure(path, file.error());
    info->fh = reinterpret_cast<std::uint64_t>(file->release());  // Freed by mount_release().
    info->keep_cache = 1;
    return 0;
}

int mount_release(const char* /*path*/, fuse_file_info* info) {
    // FUSE keeps the pointer as a number.  NOLINTNEXTLINE(performance-no-int-to-ptr)
    delete reinterpret_cast<OpenedFile*>(info->fh);
    return 0;
}

int mount_read(const char* path, char* out, std::size_t size, off_t offset, fuse_file_info* info) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const auto& file = *reinterpret_cast<const OpenedFile*>(info->fh);
    const auto n =
        mounted().read(file, static_cast<std::uint64_t>(offset), std::as_writable_bytes(std::span(out, size)));
    return n ? static_cast<int>(*n) : failure(path, n.error());
}

const repo::ExtendedAttribute* find_attribute(const repo::Node& node, std::string_view name) {
    const auto found = std::find_if(node.extended_attributes.begin(), node.extended_attributes.end(),
                                    [&](const auto& attribute) { return attribute.name == name; });
    return found == node.extended_attributes.end() ? nullptr : &*found;
}

int copy_out(std::string_view bytes, char* out, std::size_t size) {
    if (size == 0) return static_cast<int>(bytes.size());
    if (bytes.size() > size) return -ERANGE;
    std::memcpy(out, bytes.data(), bytes.size());
    return static_cast<int>(bytes.size());
}

int mount_getxattr(const char* path, const char* name, char* out, std::size_t size) {
    const auto entry = mounted().find(path);
    if (!entry) return failure(path, entry.error());
    const auto* const attribute = entry->node == nullptr ? nullptr : find_attribute(*entry->node, name);
    return attribute == nullptr ? -ENODATA : copy_out(attribute->value.value_or(""), out, size);
}

int mount_listxattr(const char* path, char* out, std::size_t size) {
    const auto entry = mounted().find(path);
    if (!entry) return failure(path, entry.error());
    std::string names;
    if (entry->node != nullptr) {
        for (const auto& attribute : entry->node->extended_attributes)
            names.append(attribute.name).push_back('\0');
    }
    return copy_out(names, out, size);
}

void* mount_init(fuse_conn_info* /*connection*/, fuse_config* config) {
    // Nothing changes while it is mounted.
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 3600;
    config->kernel_cache = 1;
    return ::fuse_get_context()->private_data;
}

fuse_operations mount_operations() {
    fuse_operations operations{};
    operations.getattr = mount_getattr;
    operations.readlink = mount_readlink;
    operations.readdir = mount_readdir;
    operations.open = mount_open;
    operations.release = mount_release;
    operations.read = mount_read;
    operations.getxattr = mount_getxattr;
    operations.listxattr = mount_listxattr;
    operations.init = mount_init;
    return operations;
}

struct EndFuse {
    void operator()(fuse* handle) const {
        ::fuse_unmount(handle);
        ::fuse_destroy(handle);
    }
};
using Fuse = std::unique_ptr<fuse, EndFuse>;

Result<Fuse> mount_at(const MountOptions& options, MountedRepository& repository) {
    if (::access("/dev/fuse", F_OK) != 0) {
        return Error(ErrorCode::kUnsupported, "mount: this system has no /dev/fuse")
            .with_hint("load the module with `modprobe fuse`; in a container, pass the device with --device /dev/fuse");
    }
    std::error_code problem;
    if (!std::filesystem::is_directory(options.mount_point, problem)) {
        return Error(ErrorCode::kNotFound,
                     "mount at " + escape_for_display(options.mount_point.native()) + ": it is not a folder")
            .with_hint("make it first");
    }
    fuse_args args = FUSE_ARGS_INIT(0, nullptr);
    ::fuse_opt_add_arg(&args, "cofre");
    std::string flags = "-oro,default_permissions,fsname=cofre,subtype=cofre";
    if (options.allow_other) flags += ",allow_other";
    ::fuse_opt_add_arg(&args, flags.c_str());
    const auto operations = mount_operations();
    fuse* const made = ::fuse_new(&args, &operations, sizeof operations, &repository);
    ::fuse_opt_free_args(&args);
    if (made == nullptr) return Error(ErrorCode::kInternal, "mount: FUSE does not start");
    if (::fuse_mount(made, options.mount_point.c_str()) != 0) {
        const int number = errno;
        ::fuse_destroy(made);
        return Error::from_errno(number == 0 ? EPERM : number,
                                 "mount at " + escape_for_display(options.mount_point.native()))
            .with_hint("it needs root, or the package fuse3 and an empty folder of yours");
    }
    return Fuse(made);
}

/// Answers requests until `stop`, or until it is unmounted.
Status serve_requests(fuse_session* session, const std::stop_token& stop) {
    fuse_buf buffer{};
    pollfd waiting{.fd = ::fuse_session_fd(session), .events = POLLIN, .revents = 0};
    while (!stop.stop_requested() && ::fuse_session_exited(session) == 0) {
        if (::poll(&waiting, 1, kPollMs) == 0) continue;
        const int n = ::fuse_session_receive_buf(session, &buffer);
        if (n == -EINTR || n == -EAGAIN) continue;
        if (n <= 0) break;
        ::fuse_session_process_buf(session, &buffer);
    }
    ::fuse_session_exit(session);
    std::free(buffer.mem);  // NOLINT(cppcoreguidelines-no-malloc): libfuse allocated it so.
    return {};
}

}  // namespace

Status serve_mount(const CallContext& ctx, repo::Repository& repo, const SnapshotFolder& folders,
                   const MountOptions& options, const std::function<void()>& on_mounted) {
    MountedRepository repository(ctx, repo, folders);
    COFRE_ASSIGN(const auto handle, mount_at(options, repository));
    fuse_session* const session = ::fuse_get_session(handle.get());
    // A thread that has nothing to read must see a stop.
    const int fd = ::fuse_session_fd(session);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    on_mounted();
    TaskGroup group(ctx.stop);  // After `handle`, which its threads use.
    for (int i = 0; i < std::max(1, options.threads); ++i) {
        group.spawn([session](const std::stop_token& stop) { return serve_requests(session, stop); });
    }
    return group.wait();
}

}  // namespace cofre::backup
