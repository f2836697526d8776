#pragma once

/// @file
/// From a file of a dump into psql or pg_restore. Private to dump.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/subprocess.h"
#include "dump/dump_restore.h"
#include "dump/postgres_client.h"
#include "dump/postgres_script.h"
#include "dump/postgres_sections.h"

namespace cofre::dump {

/// Reads a plain file through PostgresScript, for a child or for nobody.
class ScriptInput {
public:
    ScriptInput(DumpReader& reader, const PostgresScript::Options& options, std::atomic<std::uint64_t>& bytes)
        : reader_(reader), script_(options), bytes_(bytes) {}

    /// Lets only what `sections` choose pass; it must outlive this object. Call before the first pull.
    void choose(PostgresSections& sections) { sections_ = &sections; }
    /// What comes before the file's own first byte; not checked.
    void put_first(std::string text) { out_ = std::move(text); }
    /// For CommandIo::pull_input. 0 only after the script ended as it should.
    Result<std::size_t> pull(std::span<std::byte> room);
    /// Everything that is left.
    Status drain();
    /// kCorruption, unless drained and the file's last bytes are a dump's end.
    Status check_ends() const;

private:
    DumpReader& reader_;
    PostgresScript script_;
    PostgresSections* sections_ = nullptr;
    std::atomic<std::uint64_t>& bytes_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(64UL * 1024);
    std::string out_;
    std::size_t used_ = 0;
    std::string last_;
    bool is_over_ = false;
};

/// Into `database` of `address` with psql, which is restricted (`\restrict`) and
/// stops at the first error.
struct PsqlRun {
    std::string database;
    bool drops_timeout = false;            ///< The server is older than 17.
    PostgresSections* sections = nullptr;  ///< Only these; null: all.
};
Status run_psql(const CallContext& ctx, const PostgresClient& client, const DatabaseAddress& address,
                const PsqlRun& run, DumpReader& reader, RestoreProgress& progress);

/// An archive in the custom format. `arguments` choose what is restored, and
/// where. The rest of the file is read, too, so that it is checked.
Status run_pg_restore(const CallContext& ctx, const PostgresClient& client, const DatabaseAddress& address,
                      const std::vector<std::string>& arguments, DumpReader& reader, RestoreProgress& progress);

}  // namespace cofre::dump
