#include "backup/restore_window.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "backup/open_files.h"
#include "backup/restore_fetch_plan.h"
#include "backup/restore_links.h"
#include "backup/standing_blobs.h"
#include "base/parallel.h"
#include "base/units.h"
#include "base/utf8.h"
#include "crypto/digest.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kOpenFiles = 128;
struct FileState {
    std::uint64_t size = 0;
    std::atomic<std::uint32_t> left{0};  ///< Blobs that are still to come.
    std::atomic<bool> failed{false};
    bool skipped = false;          ///< Nothing is fetched: it failed, or is the same already.
    bool has_partial = false;      ///< Made already, by us or before.
    std::vector<bool> is_present;  ///< Blobs that need not come; empty: none.
};

/// The folder that a thread worked in last stays open.
struct LastFolder {
    std::optional<std::uint32_t> number;
    UniqueFd fd;
};

class WindowRestore {
public:
    WindowRestore(RestoreWork& work, RestoreWindow& window)
        : work_(work), window_(window), states_(std::make_unique<FileState[]>(window.files.size())) {}

    Status run(const CallContext& ctx) {
        const auto threads = std::max(1, work_.plan.threads);
        COFRE_TRY(measure());
        COFRE_TRY(parallel_for(ctx, window_.files.size(), threads, [this](const CallContext& one, std::size_t i) {
            if (one.stop.stop_requested()) return Status(Error(ErrorCode::kCancelled, "restore"));
            return begin(static_cast<std::uint32_t>(i));
        }));
        if (work_.plan.dry_run) return {};
        collect();
        COFRE_TRY(check_room());
        COFRE_TRY(parallel_for(ctx, plan_.tasks().size(), threads,
                               [this](const CallContext& one, std::size_t i) { return fetch(one, plan_.tasks()[i]); }));
        if (work_.plan.verify) COFRE_TRY(verify_all(ctx, threads));
        return {};
    }

    bool has_failed(std::size_t file) const { return states_[file].failed; }

private:
    const PlannedFile& file_at(std::uint32_t i) const { return window_.files[i]; }
    std::string path_at(std::uint32_t i) const { return window_.path_of(file_at(i).folder, file_at(i).name); }

    Result<int> folder_of(std::uint32_t i, LastFolder& last) const {
        const auto number = file_at(i).folder;
        if (last.number != number) {
            last.number.reset();
            COFRE_ASSIGN(last.fd, work_.place.open_folder(window_.folders[number]));
            last.number = number;
        }
        return last.fd.get();
    }

    /// One problem for a file, however many of its blobs are lost.
    Status fail(std::uint32_t i, const Error& error) {
        if (ends_restore(error)) return Error(error).context("restore " + escape_for_display(path_at(i)));
        if (states_[i].failed.exchange(true)) return {};
        work_.tally.progress().files_done.fetch_add(1);
        std::string message = error.message();
        const bool is_lost = error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kNotFound;
        if (is_lost && !states_[i].skipped && file_at(i).content.size() > 1) {
            message += "; what could be read is in " + partial_name_of(file_at(i).name, file_at(i).content);
        }
        work_.tally.add_problem('/' + path_at(i), message);
        return {};
    }

    Status measure() {
        std::vector<std::pair<std::uint32_t, Error>> lost;
        work_.repo.with_index([&](const repo::BlobIndex& index) {
            for (std::uint32_t i = 0; i < window_.files.size(); ++i) {
                for (const auto& id : file_at(i).content) {
                    const auto place = index.find(repo::BlobType::kData, id);
                    if (place) {
                        states_[i].size += place->blob.plain_length();
                        continue;
                    }
                    lost.emplace_back(
                        i, Error(ErrorCode::kNotFound, "its data blob " + id.short_hex() + " is not in the index"));
                    break;
                }
            }
        });
        for (const auto& [file, error] : lost) {
            states_[file].skipped = true;
            COFRE_TRY(fail(file, error));
        }
        return {};
    }

    /// What is there already, and files that need nothing else.
    Status begin(std::uint32_t i) {
        FileState& state = states_[i];
        if (state.skipped) return {};
        const Status status = begin_one(i, state);
        if (status) return {};
        state.skipped = true;
        return fail(i, status.error());
    }

    Status begin_one(std::uint32_t i, FileState& state) {
        const PlannedFile& file = file_at(i);
        if (file.tree_size != state.size) {
            work_.tally.add_problem('/' + path_at(i), "the tree says " + format_count(file.tree_size) +
                                                          " bytes, and its blobs are " + format_count(state.size));
        }
        LastFolder last;
        if (file.standing == Standing::kSame) return settle_same(i, last);
        if (file.standing == Standing::kCompare) {
            COFRE_ASSIGN(const int folder, folder_of(i, last));
            const UniqueFd fd(::openat(folder, file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (fd) {
                COFRE_ASSIGN(auto found, compare(fd.get(), i));
                const bool is_whole = std::find(found.begin(), found.end(), false) == found.end();
                if (is_whole && file.standing_size == state.size) return settle_same(i, last);
                if (std::find(found.begin(), found.end(), true) != found.end() && !work_.plan.dry_run) {
                    COFRE_TRY(take_over(i, folder, fd.get(), std::move(found)));
                }
            }
        }
        if (work_.plan.dry_run) return count_planned(i);
        return begin_partial(i, state, last);
    }

    /// The file is what it should be but for its metadata.
    Status settle_same(std::uint32_t i, LastFolder& last) {
        FileState& state = states_[i];
        state.skipped = true;
        if (!work_.plan.dry_run) {
            COFRE_ASSIGN(const int folder, folder_of(i, last));
            COFRE_TRY(apply_to(work_, folder, file_at(i).name, path_at(i), file_at(i).metadata));
        }
        work_.tally.count([&](TreeRestoreOutcome& out) {
            ++out.files;
            ++out.unchanged_files;
            out.skipped_bytes += state.size;
        });
        add_done(state.size);
        work_.tally.observe(RestoreAction::kUnchanged, '/' + path_at(i), state.size);
        return {};
    }

    Status count_planned(std::uint32_t i) {
        states_[i].skipped = true;
        count_restored(i);
        add_done(states_[i].size);
        return {};
    }

    void add_done(std::uint64_t bytes) {
        work_.tally.progress().bytes_done.fetch_add(bytes);
        work_.tally.progress().files_done.fetch_add(1);
    }

    void count_restored(std::uint32_t i) {
        const auto size = states_[i].size;
        work_.tally.count([size](TreeRestoreOutcome& out) {
            ++out.files;
            out.bytes += size;
        });
        const auto action =
            file_at(i).standing == Standing::kNothing ? RestoreAction::kRestored : RestoreAction::kUpdated;
        work_.tally.observe(action, '/' + path_at(i), size);
    }

    Result<std::vector<bool>> compare(int fd, std::uint32_t i) const {
        const auto& content = file_at(i).content;
        return find_standing_blobs(fd, content, plain_lengths(work_.repo, content), path_at(i));
    }

    /// Copies what the present file has right into the partial one.
    Status take_over(std::uint32_t i, int folder, int from, std::vector<bool> found) {
        FileState& state = states_[i];
        COFRE_ASSIGN(const auto to, open_or_create(i, folder));
        if (state.is_present.empty()) state.is_present.resize(found.size());
        for (std::size_t n = 0; n < found.size(); ++n)
            found[n] = found[n] && !state.is_present[n];
        const auto write = [&](std::uint64_t offset, std::span<const std::byte> bytes) {
            return write_bytes(to.get(), offset, bytes, i);
        };
        const auto& content = file_at(i).content;
        COFRE_ASSIGN(const auto copied,
                     copy_standing_blobs(from, content, plain_lengths(work_.repo, content), path_at(i), found, write));
        for (std::size_t n = 0; n < copied.size(); ++n)
            state.is_present[n] = state.is_present[n] || copied[n];
        return {};
    }

    /// The partial file, with what an interrupted restore left in it.
    Result<UniqueFd> open_or_create(std::uint32_t i, int folder) {
        FileState& state = states_[i];
        const auto name = partial_name_of(file_at(i).name, file_at(i).content);
        if (file_at(i).has_partial && !state.has_partial) {
            auto left = open_partial(folder, name);
            if (left) {
                COFRE_TRY(give_size(left->get(), state.size, work_.plan.sparse, path_at(i)));
                COFRE_ASSIGN(state.is_present, compare(left->get(), i));
                state.has_partial = true;
                return left;
            }
        }
        COFRE_ASSIGN(auto fd, create_partial(folder, name));
        if (file_at(i).content.size() > 1 || work_.plan.sparse) {
            COFRE_TRY(give_size(fd.get(), state.size, work_.plan.sparse, path_at(i)));
        }
        state.has_partial = true;
        return fd;
    }

    /// Finishes the file if nothing has to come.
    Status begin_partial(std::uint32_t i, FileState& state, LastFolder& last) {
        const PlannedFile& file = file_at(i);
        if (file.has_partial && !state.has_partial) {
            COFRE_ASSIGN(const int folder, folder_of(i, last));
            COFRE_ASSIGN(const auto fd, open_or_create(i, folder));
        }
        std::uint64_t present = 0;
        if (!state.is_present.empty()) {
            const auto lengths = plain_lengths(work_.repo, file.content);
            for (std::size_t n = 0; n < lengths.size(); ++n)
                present += state.is_present[n] ? lengths[n] : 0;
            work_.tally.count([present](TreeRestoreOutcome& out) { out.skipped_bytes += present; });
            work_.tally.progress().bytes_done.fetch_add(present);
        }
        const auto have = std::count(state.is_present.begin(), state.is_present.end(), true);
        state.left = static_cast<std::uint32_t>(file.content.size() - static_cast<std::size_t>(have));
        if (state.left > 0) return {};
        COFRE_ASSIGN(const int folder, folder_of(i, last));
        if (!state.has_partial) {
            COFRE_ASSIGN(const auto fd, open_or_create(i, folder));
        }
        state.skipped = true;
        return finish(i, folder);
    }

    /// What has to come, and how much of it needs room that is not taken yet.
    void collect() {
        work_.repo.with_index([&](const repo::BlobIndex& index) {
            for (std::uint32_t i = 0; i < window_.files.size(); ++i) {
                if (states_[i].skipped) continue;
                const auto before = plan_.bytes();
                plan_.add_file(index, i, file_at(i).content, states_[i].is_present);
                if (!states_[i].has_partial) needed_bytes_ += plan_.bytes() - before;
            }
        });
        plan_.finish();
    }

    Status check_room() const {
        COFRE_ASSIGN(const auto free, work_.place.free_bytes());
        if (needed_bytes_ <= free || work_.plan.sparse) return {};
        return Error(ErrorCode::kResourceExhausted, "restore to " + escape_for_display(work_.plan.target.native()) +
                                                        ": the next files need " + format_bytes(needed_bytes_) +
                                                        " and " + format_bytes(free) + " are free")
            .with_hint("make room and run it again: it goes on where it was");
    }

    Status fetch(const CallContext& ctx, const FetchTask& task) {
        std::vector<repo::PackedBlob> blobs;
        work_.repo.with_index([&](const repo::BlobIndex& index) {
            for (std::size_t u = 0; u < task.uses.size(); ++u) {
                if (u > 0 && task.uses[u].ordinal == task.uses[u - 1].ordinal) continue;
                blobs.push_back(index.at(task.uses[u].ordinal).blob);
            }
        });
        LastFolder last;
        std::size_t next = 0;
        const auto visit = [&](const repo::PackedBlob&, Result<std::span<const std::byte>> plain) -> Status {
            const auto ordinal = task.uses[next].ordinal;
            for (; next < task.uses.size() && task.uses[next].ordinal == ordinal; ++next) {
                const BlobUse& use = task.uses[next];
                Status status = plain ? write_blob(use, *plain, last) : Status(plain.error());
                if (!status) {
                    COFRE_TRY(fail(use.file, std::move(status).error()));
                }
                COFRE_TRY(blob_done(use.file, last));
            }
            return ctx.stop.stop_requested() ? Status(Error(ErrorCode::kCancelled, "restore")) : Status();
        };
        return work_.repo.load_blobs(ctx, task.pack, blobs, visit);
    }

    Status write_bytes(int fd, std::uint64_t offset, std::span<const std::byte> bytes, std::uint32_t i) const {
        return work_.plan.sparse ? write_sparse(fd, offset, bytes, path_at(i))
                                 : write_at(fd, offset, bytes, path_at(i));
    }

    Status write_blob(const BlobUse& use, std::span<const std::byte> bytes, LastFolder& last) {
        if (states_[use.file].failed && file_at(use.file).content.size() == 1) return {};
        COFRE_ASSIGN(const int folder, folder_of(use.file, last));
        if (file_at(use.file).content.size() == 1) {
            COFRE_ASSIGN(const auto fd, open_or_create(use.file, folder));
            COFRE_TRY(write_bytes(fd.get(), use.offset, bytes, use.file));
        } else {
            COFRE_ASSIGN(const auto handle, open_files_.get(use.file, [&] { return open_again(use.file, folder); }));
            COFRE_TRY(write_bytes(handle->get(), use.offset, bytes, use.file));
        }
        work_.tally.progress().bytes_done.fetch_add(bytes.size());
        return {};
    }

    Result<UniqueFd> open_again(std::uint32_t i, int folder) {
        if (!states_[i].has_partial) return open_or_create(i, folder);
        return open_partial(folder, partial_name_of(file_at(i).name, file_at(i).content));
    }

    Status blob_done(std::uint32_t i, LastFolder& last) {
        if (states_[i].left.fetch_sub(1) != 1) return {};
        open_files_.forget(i);
        if (states_[i].failed) return {};
        auto folder = folder_of(i, last);
        const Status status = folder ? finish(i, *folder) : Status(std::move(folder).error());
        return status ? Status() : fail(i, status.error());
    }

    /// Metadata first: what has its name is whole.
    Status finish(std::uint32_t i, int folder) {
        const auto& file = file_at(i);
        const auto path = path_at(i);
        const auto partial = partial_name_of(file.name, file.content);
        COFRE_TRY(apply_to(work_, folder, partial, path, file.metadata));
        COFRE_TRY(rename_over(folder, partial, file.name, path));
        work_.tally.progress().files_done.fetch_add(1);
        count_restored(i);
        return {};
    }

    Status verify_all(const CallContext& ctx, int threads) {
        COFRE_TRY(work_.place.sync());
        return parallel_for(ctx, window_.files.size(), threads,
                            [this](const CallContext& one, std::size_t n) -> Status {
                                if (one.stop.stop_requested()) return Error(ErrorCode::kCancelled, "restore");
                                const auto i = static_cast<std::uint32_t>(n);
                                if (states_[i].failed) return {};
                                const Status status = verify(i);
                                return status ? Status() : fail(i, status.error());
                            });
    }

    Status verify(std::uint32_t i) {
        LastFolder last;
        COFRE_ASSIGN(const int folder, folder_of(i, last));
        const UniqueFd fd(::openat(folder, file_at(i).name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!fd) return Error::from_errno(errno, "open it to verify it");
        // From the disk, not from memory, where the system heeds this.
        ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
        COFRE_ASSIGN(const auto found, compare(fd.get(), i));
        struct stat status {};
        const bool has_size =
            ::fstat(fd.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) == states_[i].size;
        if (!has_size || std::find(found.begin(), found.end(), false) != found.end()) {
            return Error(ErrorCode::kCorruption, "what was read back is not what the snapshot holds")
                .with_hint("the disk or the memory of this machine is bad, or somebody else writes to the file");
        }
        work_.tally.count([](TreeRestoreOutcome& out) { ++out.verified_files; });
        return {};
    }

    RestoreWork& work_;
    RestoreWindow& window_;
    std::unique_ptr<FileState[]> states_;
    RestoreFetchPlan plan_;
    std::uint64_t needed_bytes_ = 0;
    OpenFiles open_files_{kOpenFiles};
};

}  // namespace

std::string partial_name_of(const std::string& name, const std::vector<repo::Id>& content) {
    crypto::Sha256 hash;
    hash.update(name);
    for (const auto& id : content)
        hash.update(id.bytes());
    return std::string(kPartialPrefix) + hash.finish().hex().substr(0, 32);
}

Status apply_to(RestoreWork& work, int folder, const std::string& name, const std::string& path,
                const source::FileMetadata& metadata) {
    std::vector<Error> warnings;
    COFRE_TRY(source::apply_metadata(folder, name, path, metadata, work.apply, warnings));
    if (!warnings.empty()) work.tally.add_warnings('/' + path, warnings);
    return {};
}

Status restore_window(const CallContext& ctx, RestoreWork& work, RestoreWindow& window) {
    WindowRestore files(work, window);
    COFRE_TRY(files.run(ctx));
    for (std::size_t i = 0; i < window.files.size(); ++i) {
        const auto& file = window.files[i];
        if (file.metadata.links > 1 && files.has_failed(i)) {
            work.failed_first_names.insert(window.path_of(file.folder, file.name));
        }
    }
    return restore_links_and_folders(work, window);
}

}  // namespace cofre::backup
