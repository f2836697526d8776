#include "aws/process_provider.h"

#include <algorithm>
#include <utility>

#include "aws/credential_parts.h"
#include "aws/refreshing_provider.h"
#include "aws/shell_words.h"
#include "base/encoding.h"
#include "base/subprocess.h"
#include "base/units.h"

namespace cofre::aws {
namespace {

constexpr std::size_t kMaxOutput = 64_KiB;
constexpr std::size_t kMaxErrorTail = 300;

Error failed(const ProcessOptions& options, const std::string& how) {
    return Error(ErrorCode::kUnauthenticated, "credential_process of profile " + options.profile + " " + how);
}

Error describe_exit(const ProcessOptions& options, const CommandResult& result) {
    // What it says may hold what it read; the log's own redaction would come too
    // late for a message that is shown.
    const std::string said = quote_reply(result.error_output);
    return failed(options, "ended with " + result.status.describe() + (said.empty() ? "" : ": " + said))
        .with_hint("run the command by hand; it must print the JSON of credentials and exit with 0");
}

Result<Credentials> read_output(const ProcessOptions& options, std::string_view output) {
    auto document = parse_credential_document(output, "process");
    if (!document) return failed(options, "printed no credentials: " + document.error().message());
    if (document->version != 1) {
        return failed(options, "printed Version " + std::to_string(document->version) + ", and only 1 is known");
    }
    return std::move(document->credentials);
}

Result<Credentials> run(const CallContext& ctx, const ProcessOptions& options) {
    const auto words = split_shell_words(options.command);
    if (!words || words->empty()) return failed(options, "is not a command line: check its quotes");
    CallContext limited = ctx;
    // A child runs by the machine's clock, whichever clock its parent goes by.
    limited.deadline = std::min(ctx.deadline, system_clock().now() + options.timeout);
    std::string output;
    CommandIo io;
    io.max_error_bytes = kMaxErrorTail;
    io.on_output = [&output](std::span<const std::byte> bytes) -> Status {
        if (output.size() + bytes.size() > kMaxOutput) return Error(ErrorCode::kResourceExhausted, "too much output");
        output += to_text(bytes);
        return {};
    };
    const auto result = run_command(limited, {.argv = *words}, io);
    if (result) {
        if (!result->status.ok()) return describe_exit(options, *result);
        return read_output(options, output);
    }
    const Error& error = result.error();
    switch (error.code()) {
        case ErrorCode::kCancelled: return error;
        case ErrorCode::kDeadlineExceeded:
            if (limited.deadline == ctx.deadline) return error;
            return Error(ErrorCode::kUnavailable, "credential_process of profile " + options.profile +
                                                      " did not end within " + format_duration(options.timeout));
        case ErrorCode::kResourceExhausted: return failed(options, "printed more than 64 KiB");
        default: return failed(options, "cannot be run: " + error.message());
    }
}

}  // namespace

std::unique_ptr<CredentialProvider> make_process_provider(const ProcessOptions& options, Clock& clock) {
    return std::make_unique<RefreshingProvider>(
        "process", "profile " + options.profile, [options](const CallContext& ctx) { return run(ctx, options); },
        clock);
}

}  // namespace cofre::aws
