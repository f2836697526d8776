#include "backup/dump_proof.h"

#include <cerrno>
#include <memory>
#include <utility>

#include <fcntl.h>

#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "dump/scratch_server.h"
#include "source/beneath.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kNameBytes = 6;
constexpr std::uint64_t kMissingShown = 20;

Result<UniqueFd> open_restored_folder(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return Error::from_errno(errno, "open " + escape_for_display(path.native()));
    return fd;
}

/// Not through a link: it would lead to the files of this machine.
bool is_among_restored(int folder, const std::string& path) {
    return path.empty() || static_cast<bool>(source::open_beneath(folder, path, O_PATH | O_NOFOLLOW));
}

/// Errors that say something of the dump, not of us or of the way to it.
bool blames_dump(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kCorruption:
        case ErrorCode::kInvalidArgument:
        case ErrorCode::kConflict:
        case ErrorCode::kPermissionDenied: return true;
        default: return false;
    }
}

class DumpProver {
public:
    DumpProver(StoredDump& stored, const DumpProofPlan& plan, Clock& clock)
        : stored_(stored), plan_(plan), clock_(clock) {
        proof_.place = stored.place;
        proof_.engine = stored.record.engine;
        proof_.server_version = stored.record.server_version;
        proof_.files = stored.record.files.size();
        proof_.bytes = bytes_of(stored.record);
    }

    Result<DumpProof> run(const CallContext& ctx) {
        COFRE_TRY(timed(proof_.parse_time, [&] { return parse(ctx); }));
        if (plan_.level >= VerifyLevel::kRestored && proof_.is_good()) COFRE_TRY(restore_and_compare(ctx));
        return std::move(proof_);
    }

private:
    template <typename Work>
    Status timed(std::chrono::milliseconds& took, Work&& work) {
        const auto began = clock_.now();
        Status done = work();
        took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - began);
        return done;
    }

    /// A problem of the dump ends the work on it, and is no error of ours.
    Status note(const Error& error) {
        if (!blames_dump(error)) return error;
        proof_.problems.push_back(error.message());
        return {};
    }

    Status parse(const CallContext& ctx) {
        dump::RestoreProgress progress;
        const Status parsed = dump::parse_dump(ctx, stored_.record, *stored_.files, progress);
        return parsed ? Status() : note(parsed.error());
    }

    /// What cannot be restored here is no fault of the dump, and is said.
    Status restore_and_compare(const CallContext& ctx) {
        Status done = try_restore(ctx);
        const auto code = done ? ErrorCode::kInternal : done.error().code();
        const bool is_impossible = code == ErrorCode::kUnsupported || code == ErrorCode::kNotFound;
        if (done || !is_impossible) return done;
        proof_.proven_with.clear();
        proof_.not_restored = done.error().message();
        return {};
    }

    Status try_restore(const CallContext& ctx) {
        std::unique_ptr<dump::ScratchServer> server;
        dump::RestoreRequest request;
        request.jobs = plan_.jobs;
        request.tools = plan_.tools;
        if (plan_.scratch) {
            request.into = *plan_.scratch;
            request.into.database.clear();
            const std::string mark = "cofre_proof_" + crypto::random_hex(kNameBytes) + "_";
            for (const auto& name : stored_.record.databases)
                request.rename[name] = mark + name;
            proof_.proven_with = plan_.scratch->display();
        } else {
            COFRE_ASSIGN(server, dump::start_scratch_server(
                                     ctx, stored_.record.engine,
                                     {.parent = plan_.temp_folder, .server_version = stored_.record.server_version}));
            request.into = server->address();
            request.globals = true;
            proof_.proven_with = server->version();
        }
        Status compared = restore_into(ctx, request);
        if (plan_.scratch) drop_copies(request);
        return compared;
    }

    Status restore_into(const CallContext& ctx, const dump::RestoreRequest& request) {
        Result<dump::RestoreOutcome> outcome = Error(ErrorCode::kInternal, "not run");
        COFRE_TRY(timed(proof_.restore_time, [&]() -> Status {
            dump::RestoreProgress progress;
            outcome = dump::restore_dump(ctx, stored_.record, *stored_.files, request, progress);
            return {};
        }));
        if (!outcome) return note(outcome.error());
        COFRE_TRY(compare(ctx, request));
        COFRE_TRY(ask(ctx, request, outcome->databases));
        return look_for_paths(ctx, request, outcome->databases);
    }

    Status compare(const CallContext& ctx, const dump::RestoreRequest& request) {
        const auto compared = dump::compare_facts(ctx, stored_.record, request);
        if (!compared && compared.error().code() == ErrorCode::kUnsupported) return {};  // Nothing was counted.
        if (!compared) return note(compared.error());
        proof_.tables = compared->tables;
        proof_.rows = compared->rows;
        proof_.samples = compared->samples;
        for (const auto& difference : compared->differences) {
            const auto text = difference.table + ": " + difference.message;
            const bool is_exact = stored_.record.facts_are_exact;
            proof_.problems.push_back(is_exact ? text : text + " (not counted in the dump's own snapshot)");
        }
        return {};
    }

    Status ask(const CallContext& ctx, const dump::RestoreRequest& request, const std::vector<std::string>& databases) {
        for (const auto& sql : plan_.assertions) {
            auto address = request.into;
            if (!databases.empty()) address.database = databases.front();
            const auto is_true = dump::check_assertion(ctx, address, sql);
            if (!is_true) {
                COFRE_TRY(note(is_true.error()));
                continue;
            }
            ++proof_.assertions;
            if (!*is_true) proof_.problems.push_back("assertion is not true: " + escape_for_display(sql));
        }
        return {};
    }

    /// What rows of the copy say is on the disk.
    Status look_for_paths(const CallContext& ctx, const dump::RestoreRequest& request,
                          const std::vector<std::string>& databases) {
        if (plan_.paths_query.empty()) return {};
        auto address = request.into;
        if (!databases.empty()) address.database = databases.front();
        std::uint64_t missing = 0;
        const auto folder = open_restored_folder(plan_.paths_folder);
        const Status asked = dump::query_texts(ctx, address, plan_.paths_query, [&](const std::string& text) -> Status {
            const auto path = std::filesystem::path(text).relative_path().lexically_normal();
            const bool is_inside = path.empty() || *path.begin() != "..";
            if (is_inside && folder && is_among_restored(folder->get(), path.native())) {
                ++proof_.paths;
            } else if (++missing <= kMissingShown) {
                proof_.problems.push_back("a row names the file " + escape_for_display(text) +
                                          ", which is not in the backup");
            }
            return {};
        });
        if (missing > kMissingShown) {
            proof_.problems.push_back("and " + std::to_string(missing - kMissingShown) + " more files");
        }
        return asked ? Status() : note(asked.error());
    }

    /// Of a server that stays.
    static void drop_copies(const dump::RestoreRequest& request) {
        // Not the run's context: a stop must not leave copies of real data behind.
        const CallContext ctx{.stop = {}, .deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1)};
        for (const auto& [ignored, name] : request.rename) {
            auto address = request.into;
            address.database = name;
            if (const Status dropped = dump::drop_database(ctx, address); !dropped) {
                log_warning("verify", "the copy " + escape_for_display(name) +
                                          " remains on the scratch server: " + dropped.error().message());
            }
        }
    }

    StoredDump& stored_;
    const DumpProofPlan& plan_;
    Clock& clock_;
    DumpProof proof_;
};

}  // namespace

Result<DumpProof> prove_dump(const CallContext& ctx, StoredDump& stored, const DumpProofPlan& plan, Clock& clock) {
    return DumpProver(stored, plan, clock).run(ctx);
}

}  // namespace cofre::backup
