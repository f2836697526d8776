#include "dump/tool_output.h"

#include <algorithm>

#include <unistd.h>

#include "base/encoding.h"
#include "base/utf8.h"

namespace cofre::dump {

Result<std::string> tool_output(const CallContext& ctx, const Command& command) {
    constexpr std::size_t kMostBytes = 1UL << 20U;
    std::string text;
    CommandIo io;
    io.on_output = [&](std::span<const std::byte> bytes) -> Status {
        if (text.size() < kMostBytes) text += to_text(bytes);
        return {};
    };
    COFRE_ASSIGN(const CommandResult result, run_command(ctx, command, io));
    if (result.status.ok()) return text;
    return Error(ErrorCode::kInvalidArgument,
                 command.argv.front() + ": " + result.status.describe() + ": " + escape_controls(result.error_output));
}

std::string tool_path(const std::optional<std::filesystem::path>& folder, const std::string& name) {
    return folder ? (*folder / name).string() : name;
}

void forget_inherited(Command& command, const std::vector<std::string_view>& prefixes) {
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view pair(*entry);
        const std::string_view name = pair.substr(0, pair.find('='));
        const bool is_named = std::any_of(prefixes.begin(), prefixes.end(),
                                          [&](std::string_view prefix) { return name.starts_with(prefix); });
        if (is_named) command.environment[std::string(name)] = std::nullopt;
    }
}

Status add_allowed_options(const std::vector<std::string>& options, const std::vector<std::string_view>& allowed,
                           std::vector<std::string>& argv) {
    for (const std::string& word : options) {
        const std::string_view text = word;
        const std::string_view name = text.starts_with("--") ? text.substr(2, text.find('=') - 2) : std::string_view();
        if (name.empty() || std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
            return Error(ErrorCode::kInvalidArgument,
                         "options of the dump tool: \"" + escape_for_display(word) + "\" is not accepted")
                .with_hint(
                    "it could change the server, the target or the form of the dump; docs/databases.md lists "
                    "what may be given, as --name or --name=value");
        }
        argv.push_back(word);
    }
    return {};
}

}  // namespace cofre::dump
