#include "dump/postgres_pump.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "db/postgres_error.h"
#include "dump/postgres_connection.h"
#include "dump/postgres_dump.h"

namespace cofre::dump {
namespace {

constexpr std::size_t kEndBytes = 4096;
constexpr std::size_t kShownError = 2000;

std::string shown_end(const std::string& text) {
    return text.size() > kShownError ? text.substr(text.size() - kShownError) : text;
}

/// psql is asked to name SQLSTATEs; what it says is in the error.
Error tool_failure(const std::string& tool, const CommandResult& result) {
    const auto said = shown_end(result.error_output);
    const std::string what = tool + ": " + result.status.describe();
    constexpr std::string_view kMark = "ERROR:  ";
    if (said.find(kMark) != std::string::npos || result.status.code == 2) {
        Error error = db::connection_error(said, /*lacks_password=*/false);
        const bool is_known = result.status.code == 2 || error.code() != ErrorCode::kUnavailable;
        if (is_known) return std::move(error).context(what);
    }
    return Error(ErrorCode::kInvalidArgument, what + ": " + escape_controls(said));
}

}  // namespace

Result<std::size_t> ScriptInput::pull(std::span<std::byte> room) {
    while (used_ == out_.size()) {
        if (is_over_) return std::size_t{0};
        out_.clear();
        used_ = 0;
        COFRE_ASSIGN(const std::size_t count, reader_.read(buffer_));
        if (count == 0) {
            is_over_ = true;
            COFRE_TRY(sections_ != nullptr ? sections_->finish(script_, out_) : script_.finish(out_));
            continue;
        }
        bytes_ += count;
        const std::string_view piece(reinterpret_cast<const char*>(buffer_.data()), count);
        last_ += piece.substr(piece.size() > kEndBytes ? piece.size() - kEndBytes : 0);
        if (last_.size() > kEndBytes) last_.erase(0, last_.size() - kEndBytes);
        COFRE_TRY(sections_ != nullptr ? sections_->feed(script_, piece, out_) : script_.feed(piece, out_));
    }
    const std::size_t count = std::min(room.size(), out_.size() - used_);
    const auto bytes = as_bytes(std::string_view(out_).substr(used_, count));
    std::copy(bytes.begin(), bytes.end(), room.begin());
    used_ += count;
    return count;
}

Status ScriptInput::drain() {
    std::vector<std::byte> room(64UL * 1024);
    for (;;) {
        COFRE_ASSIGN(const std::size_t count, pull(room));
        if (count == 0) return {};
    }
}

Status ScriptInput::check_ends() const {
    if (!is_over_) return Error(ErrorCode::kCorruption, "it was not read to its end");
    return check_postgres_ends("plain", {}, last_);
}

Status run_psql(const CallContext& ctx, const PostgresClient& client, const DatabaseAddress& address,
                const PsqlRun& run, DumpReader& reader, RestoreProgress& progress) {
    ScriptInput input(reader, {.drops_restrict = true, .drops_transaction_timeout = run.drops_timeout},
                      progress.bytes_done);
    if (run.sections != nullptr) input.choose(*run.sections);
    // Whatever the filter might miss, psql then runs no command of the script.
    input.put_first("\\restrict " + crypto::random_hex(16) + "\n");
    Command command;
    command.argv = {client.program("psql"),
                    "--dbname=" + postgres_conninfo(address, run.database),
                    "--no-psqlrc",
                    "--quiet",
                    "--no-password",
                    "--set=ON_ERROR_STOP=1",
                    "--set=VERBOSITY=verbose",
                    "--file=-"};
    command.environment = postgres_environment(address);
    CommandIo io;
    io.pull_input = [&](std::span<std::byte> room) { return input.pull(room); };
    COFRE_ASSIGN(const auto result, run_command(ctx, command, io));
    if (!result.status.ok()) return tool_failure("psql", result);
    return input.check_ends();
}

Status run_pg_restore(const CallContext& ctx, const PostgresClient& client, const DatabaseAddress& address,
                      const std::vector<std::string>& arguments, DumpReader& reader, RestoreProgress& progress) {
    Command command;
    command.argv = {client.program("pg_restore"), "--exit-on-error", "--format=custom"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = postgres_environment(address);
    CommandIo io;
    io.pull_input = [&](std::span<std::byte> room) -> Result<std::size_t> {
        COFRE_ASSIGN(const std::size_t count, reader.read(room));
        progress.bytes_done += count;
        return count;
    };
    COFRE_ASSIGN(const auto result, run_command(ctx, command, io));
    if (!result.status.ok()) return tool_failure("pg_restore", result);
    std::vector<std::byte> rest(64UL * 1024);
    for (;;) {
        COFRE_ASSIGN(const std::size_t count, reader.read(rest));
        if (count == 0) return {};
        progress.bytes_done += count;
    }
}

}  // namespace cofre::dump
