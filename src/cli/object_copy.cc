#include "cli/object_copy.h"

#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/target_folder.h"
#include "base/bounded_queue.h"
#include "base/file.h"
#include "base/guarded.h"
#include "base/task_group.h"
#include "base/utf8.h"
#include "objects/object_naming.h"
#include "source/file_tree.h"

namespace cofre::cli {
namespace {

constexpr std::size_t kStreamBuffer = 1U << 20U;
constexpr unsigned kNewFileMode = 0644;
constexpr int kPollMilliseconds = 200;

void count(const CopyJob& job, CopyTotals& totals, std::uint64_t bytes) {
    ++totals.objects;
    totals.bytes += bytes;
    job.progress.files_done.fetch_add(1);
}

bool ends_everything(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kCancelled:
        case ErrorCode::kDeadlineExceeded:
        case ErrorCode::kUnauthenticated:
        case ErrorCode::kResourceExhausted: return true;
        default: return false;
    }
}

/// Runs `work` for each item that `produce` pushes, on several threads. A
/// failure that concerns one item only becomes a problem.
template <typename Item>
Status for_each_item(const CallContext& ctx, const CopyJob& job, Guarded<CopyTotals>& totals,
                     const std::function<Status(const std::function<Status(Item)>&)>& produce,
                     const std::function<std::string(const Item&)>& name_of,
                     const std::function<Result<std::uint64_t>(const CallContext&, const Item&)>& work) {
    BoundedQueue<Item> items(static_cast<std::size_t>(job.concurrency) * 2);
    TaskGroup group(ctx.stop);
    group.spawn([&](const std::stop_token& stop) -> Status {
        COFRE_TRY(produce([&](Item item) { return items.push(std::move(item), stop); }));
        job.progress.found_all = true;
        items.close();
        return {};
    });
    for (int i = 0; i < job.concurrency; ++i) {
        group.spawn([&](const std::stop_token& stop) -> Status {
            for (;;) {
                COFRE_ASSIGN(const auto item, items.pop(stop));
                if (!item) return {};
                const auto bytes = work({stop, ctx.deadline}, *item);
                if (!bytes && ends_everything(bytes.error())) return bytes.error();
                if (!bytes) job.progress.problems.fetch_add(1);
                totals.with([&](CopyTotals& t) {
                    if (bytes) return count(job, t, *bytes);
                    t.problems.push_back({name_of(*item), bytes.error().message()});
                });
            }
        });
    }
    return group.wait();
}

Result<std::uint64_t> put_file(const CallContext& ctx, const CopyJob& job, const source::FileTree& tree,
                               const std::string& path, const store::ObjectKey& key) {
    COFRE_ASSIGN(const auto fd, tree.open_file(path));
    COFRE_ASSIGN(const auto before, source::FileTree::identity_of(fd.get(), path));
    if (job.dry_run) return before.size;
    COFRE_ASSIGN(const auto receipt, job.store.put(ctx, key, FileSource(fd.get(), before.size), job.put));
    COFRE_ASSIGN(const auto after, source::FileTree::identity_of(fd.get(), path));
    if (!(before == after)) {
        return Error(ErrorCode::kConflict, escape_for_display(path) + " changed while it was read")
            .with_hint("copy it again when nothing writes to it");
    }
    job.progress.bytes_done.fetch_add(receipt.size);
    return receipt.size;
}

/// Waits in short steps, so that a stop ends a wait for a silent producer.
Status wait_readable(const CallContext& ctx, int fd) {
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "read standard input");
        pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
        const int ready = ::poll(&poll_fd, 1, kPollMilliseconds);
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return Error::from_errno(errno, "wait for standard input");
    }
}

objects::ManifestEntry plain_entry(const store::ObjectHead& head) {
    objects::ManifestEntry entry;
    entry.mode = kNewFileMode;
    entry.uid = ::geteuid();
    entry.gid = ::getegid();
    entry.mtime_ns = head.last_modified.time_since_epoch().count();
    return entry;
}

Result<store::ObjectHead> fetch(const CallContext& ctx, const CopyJob& job, const store::ObjectKey& key,
                                const ByteSink& sink) {
    const bool chosen = !job.choice.version_id.empty() || !job.choice.if_match.empty();
    if (chosen && job.s3 != nullptr) return job.s3->get_choice(ctx, key, {}, job.choice, sink);
    return job.store.get(ctx, key, {}, sink);
}

Result<std::uint64_t> fetch_file(const CallContext& ctx, const CopyJob& job, const store::ObjectKey& key,
                                 const backup::TargetFolder& target, const std::string& path) {
    if (job.dry_run) return std::uint64_t{0};
    const auto slash = path.rfind('/');
    if (path.ends_with('/')) {
        COFRE_TRY(target.make_folder(path.substr(0, path.size() - 1), backup::Overwrite::kNever));
        return std::uint64_t{0};
    }
    if (slash != std::string::npos) {
        COFRE_TRY(target.make_folder(path.substr(0, slash), backup::Overwrite::kNever));
    }
    COFRE_ASSIGN(auto file, target.create_file(path));
    std::uint64_t offset = 0;
    COFRE_ASSIGN(const auto head, fetch(ctx, job, key, [&](std::span<const std::byte> bytes) -> Status {
                     COFRE_TRY(file.write_at(offset, bytes));
                     offset += bytes.size();
                     job.progress.bytes_done.fetch_add(bytes.size());
                     return {};
                 }));
    COFRE_TRY(file.commit(plain_entry(head), /*suid=*/false));
    return offset;
}

}  // namespace

Status upload_one(const CallContext& ctx, const CopyJob& job, const std::string& path, const store::ObjectKey& key,
                  CopyTotals& totals) {
    COFRE_ASSIGN(const auto tree, source::FileTree::open(path));
    if (!tree.is_single_file()) {
        return Error(ErrorCode::kInvalidArgument, escape_for_display(path) + " is a folder")
            .with_hint("add --recursive");
    }
    job.progress.files_found = 1;
    job.progress.found_all = true;
    COFRE_ASSIGN(const auto bytes, put_file(ctx, job, tree, tree.root().filename().native(), key));
    count(job, totals, bytes);
    return {};
}

Status upload_folder(const CallContext& ctx, const CopyJob& job, const std::string& folder, const std::string& prefix,
                     CopyTotals& totals) {
    COFRE_ASSIGN(const auto tree, source::FileTree::open(folder));
    Guarded<CopyTotals> shared;
    const auto walk = [&](const std::function<Status(std::string)>& push) {
        const source::WalkCallbacks callbacks{
            .on_entry = [&](const source::TreeEntry& entry) -> Status {
                if (entry.type != source::FileType::kRegular) return {};
                job.progress.files_found.fetch_add(1);
                job.progress.bytes_found.fetch_add(entry.identity.size);
                return push(entry.path);
            },
            .on_error =
                [&](std::string_view path, const Error& error) {
                    shared.with([&](CopyTotals& t) { t.problems.push_back({std::string(path), error.message()}); });
                }};
        return tree.walk(ctx, {}, callbacks);
    };
    Status status = for_each_item<std::string>(
        ctx, job, shared, walk, [](const std::string& path) { return path; },
        [&](const CallContext& inner, const std::string& path) -> Result<std::uint64_t> {
            COFRE_ASSIGN(const auto key, objects::key_for_path(prefix, path, objects::Compression::kNone));
            return put_file(inner, job, tree, path, key);
        });
    totals = shared.with([](CopyTotals& t) { return std::move(t); });
    return status;
}

Status upload_stream(const CallContext& ctx, const CopyJob& job, int fd, const store::ObjectKey& key,
                     CopyTotals& totals) {
    store::PutOptions put = job.put;
    put.needs_sha256 = false;
    COFRE_ASSIGN(const auto writer, job.store.create_writer(ctx, key, put));
    std::vector<std::byte> buffer(kStreamBuffer);
    for (;;) {
        COFRE_TRY(wait_readable(ctx, fd));
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return Error::from_errno(errno, "read standard input");
        if (n == 0) break;
        const auto bytes = std::span(buffer).first(static_cast<std::size_t>(n));
        COFRE_TRY(writer->append(ctx, bytes));
        job.progress.bytes_found.fetch_add(bytes.size());
        job.progress.bytes_done.fetch_add(bytes.size());
    }
    COFRE_ASSIGN(const auto receipt, writer->commit(ctx));
    count(job, totals, receipt.size);
    return {};
}

Status download_one(const CallContext& ctx, const CopyJob& job, const store::ObjectKey& key, const std::string& path,
                    CopyTotals& totals) {
    const std::filesystem::path file(path);
    COFRE_ASSIGN(const auto target, backup::TargetFolder::open(file.has_parent_path() ? file.parent_path() : "."));
    job.progress.files_found = 1;
    COFRE_ASSIGN(const auto bytes, fetch_file(ctx, job, key, target, file.filename().native()));
    count(job, totals, bytes);
    return {};
}

Status download_prefix(const CallContext& ctx, const CopyJob& job, const std::string& prefix, const std::string& folder,
                       CopyTotals& totals) {
    COFRE_ASSIGN(const auto target, backup::TargetFolder::open(folder));
    Guarded<CopyTotals> shared;
    const auto list = [&](const std::function<Status(store::ObjectKey)>& push) {
        return job.store.list(ctx, {.prefix = prefix}, [&](const store::ObjectInfo& info) -> Status {
            if (info.key.str() == prefix) return {};  // The marker of the folder itself.
            job.progress.files_found.fetch_add(1);
            job.progress.bytes_found.fetch_add(info.size);
            return push(info.key);
        });
    };
    Status status = for_each_item<store::ObjectKey>(
        ctx, job, shared, list, [](const store::ObjectKey& key) { return key.str(); },
        [&](const CallContext& inner, const store::ObjectKey& key) {
            return fetch_file(inner, job, key, target, key.str().substr(prefix.size()));
        });
    totals = shared.with([](CopyTotals& t) { return std::move(t); });
    return status;
}

Status download_stream_to(const CallContext& ctx, const CopyJob& job, const store::ObjectKey& key, int fd,
                          CopyTotals& totals) {
    std::uint64_t size = 0;
    COFRE_TRY(fetch(ctx, job, key, [&](std::span<const std::byte> bytes) -> Status {
        size += bytes.size();
        job.progress.bytes_done.fetch_add(bytes.size());
        return write_all(fd, bytes, "standard output");
    }));
    count(job, totals, size);
    return {};
}

}  // namespace cofre::cli
