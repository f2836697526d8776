#include "daemon/repository_password.h"

#include <algorithm>
#include <utility>

#include "aws/shell_words.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/subprocess.h"
#include "base/utf8.h"

namespace cofre::daemon {
namespace {

constexpr std::size_t kMaxPasswordBytes = 64UL * 1024;

Result<Secret> trimmed_password(const Secret& whole, const std::string& where) {
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    std::string_view text = without_byte_order_mark(whole.reveal());
    const auto first = text.find_first_not_of(kSpace);
    text = first == std::string_view::npos ? std::string_view() : text.substr(first);
    text = text.substr(0, text.find_last_not_of(kSpace) + 1);
    if (text.empty()) return Error(ErrorCode::kInvalidArgument, where + " gives an empty password");
    return Secret(std::string(text));
}

/// Output is kept whole in one string, so that no copy stays behind.
Result<Secret> password_of_command(const CallContext& ctx, const std::string& line) {
    const std::string what = "password command";
    auto words = aws::split_shell_words(line);
    if (!words || words->empty() || words->front().empty()) {
        return Error(ErrorCode::kInvalidArgument, what + ": a quote is not closed, or there is no command");
    }
    std::string output;
    output.reserve(kMaxPasswordBytes);
    CommandIo io;
    io.on_output = [&output](std::span<const std::byte> bytes) -> Status {
        if (output.size() + bytes.size() > kMaxPasswordBytes) {
            return Error(ErrorCode::kResourceExhausted, "its output is longer than 64 KiB");
        }
        output += to_text(bytes);
        return {};
    };
    const std::string program = words->front();
    const auto result = run_command(ctx, Command{.argv = *std::move(words)}, io);
    const Secret whole(std::move(output));
    if (!result) return Error(result.error()).context(what + " " + escape_for_display(program));
    if (!result->status.ok()) {
        return Error(ErrorCode::kPermissionDenied, what + " " + escape_for_display(program) + ": " +
                                                       result->status.describe() + ": " +
                                                       escape_controls(result->error_output));
    }
    return trimmed_password(whole, what);
}

Result<std::optional<Secret>> from_file_or_command(const CallContext& ctx,
                                                   const std::optional<std::filesystem::path>& file,
                                                   const std::string& command, const std::string& where) {
    if (file && !command.empty()) {
        return Error(ErrorCode::kInvalidArgument, where + ": a password file and a password command are both given")
            .with_hint("give one of them");
    }
    if (file) {
        COFRE_ASSIGN(auto password, read_password_file(*file));
        return std::optional(std::move(password));
    }
    if (!command.empty()) {
        COFRE_ASSIGN(auto password, password_of_command(ctx, command));
        return std::optional(std::move(password));
    }
    return std::optional<Secret>();
}

std::string variable(const config::Environment& environment, const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

}  // namespace

Result<Secret> read_password_file(const std::filesystem::path& path) {
    auto text = read_small_file(path, kMaxPasswordBytes);
    if (!text) return std::move(text).error().context("password file");
    return trimmed_password(Secret(*std::move(text)), "password file " + escape_for_display(path.native()));
}

Result<std::optional<Secret>> find_password(const CallContext& ctx, const PasswordChoice& given,
                                            const config::TargetConfig& target,
                                            const config::Environment& environment) {
    COFRE_ASSIGN(auto from_line, from_file_or_command(ctx, given.file, given.command, "command line"));
    if (from_line) return from_line;
    COFRE_ASSIGN(auto from_target,
                 from_file_or_command(ctx, target.password_file, target.password_command, "target " + target.name));
    if (from_target) return from_target;
    for (const char* name : {"COFRE_PASSWORD", "RESTIC_PASSWORD"}) {
        if (auto text = variable(environment, name); !text.empty()) return std::optional(Secret(std::move(text)));
    }
    std::optional<std::filesystem::path> file;
    if (auto path = variable(environment, "RESTIC_PASSWORD_FILE"); !path.empty()) file = std::move(path);
    return from_file_or_command(ctx, file, variable(environment, "RESTIC_PASSWORD_COMMAND"), "environment");
}

}  // namespace cofre::daemon
