#include "dump/postgres_client.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "base/number.h"
#include "base/subprocess.h"
#include "base/utf8.h"

namespace cofre::dump {
namespace {

constexpr std::size_t kMaxVersionBytes = 4096;

std::optional<int> leading_number(std::string_view& text) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number<int>(text.substr(0, end));
    text.remove_prefix(end);
    return number;
}

/// What `program --version` says.
Result<PostgresVersion> ask_version(const CallContext& ctx, const std::string& program) {
    std::string said;
    CommandIo io;
    io.idle_timeout = std::chrono::seconds(30);
    io.on_output = [&](std::span<const std::byte> bytes) -> Status {
        if (said.size() < kMaxVersionBytes) said += to_text(bytes.first(std::min(bytes.size(), kMaxVersionBytes)));
        return {};
    };
    COFRE_ASSIGN(const auto result, run_command(ctx, {.argv = {program, "--version"}}, io));
    if (!result.status.ok()) {
        return Error(ErrorCode::kUnsupported,
                     program + " --version: " + result.status.describe() + ": " + escape_controls(result.error_output));
    }
    const auto version = parse_postgres_version(said);
    if (!version) {
        return Error(ErrorCode::kUnsupported,
                     program + " --version says no version: " + escape_for_display(said.substr(0, 100)));
    }
    return *version;
}

/// Folders N/bin below the roots that hold the program, without running it.
std::vector<PostgresClient> installed_clients(const ClientQuery& query) {
    std::vector<PostgresClient> found;
    for (const auto& root : query.roots) {
        std::error_code error;
        for (std::filesystem::directory_iterator entry(root, error), end; !error && entry != end;
             entry.increment(error)) {
            const auto version = parse_postgres_version(entry->path().filename().string());
            const auto folder = entry->path() / "bin";
            std::error_code missing;
            if (version && std::filesystem::exists(folder / query.program, missing)) {
                found.push_back({folder, *version, false});
            }
        }
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.version.major < b.version.major; });
    return found;
}

std::string package_of(const ClientQuery& query) {
    return query.server_major > 0 ? query.package + "-" + std::to_string(query.server_major) : query.package;
}

Error too_old(const ClientQuery& query, const std::string& found) {
    return Error(ErrorCode::kUnsupported, "the server is PostgreSQL " + std::to_string(query.server_major) +
                                              ", and the newest " + query.program + " here is of version " + found)
        .with_hint("install the package " + package_of(query));
}

Error not_installed(const ClientQuery& query) {
    return Error(ErrorCode::kNotFound, query.program + " is not installed")
        .with_hint("install the package " + package_of(query) + (query.tools ? ", or name another folder" : ""));
}

Result<PostgresClient> client_in(const CallContext& ctx, const ClientQuery& query, std::filesystem::path folder) {
    PostgresClient client;
    client.folder = std::move(folder);
    auto version = ask_version(ctx, client.program(query.program));
    if (!version) {
        if (version.error().code() == ErrorCode::kNotFound) return not_installed(query);
        return std::move(version).error();
    }
    client.version = *std::move(version);
    if (client.version.major < query.server_major) return too_old(query, client.version.text);
    client.is_newer = query.server_major > 0 && client.version.major > query.server_major;
    return client;
}

}  // namespace

std::optional<PostgresVersion> parse_postgres_version(std::string_view text) {
    constexpr std::string_view kMark = "(PostgreSQL) ";
    if (const auto at = text.find(kMark); at != std::string_view::npos) text.remove_prefix(at + kMark.size());
    PostgresVersion version;
    std::string_view rest = text;
    const auto major = leading_number(rest);
    if (!major || *major == 0) return std::nullopt;
    version.major = *major;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        version.minor = leading_number(rest).value_or(0);
    }
    version.text = text.substr(0, text.size() - rest.size());
    return version;
}

bool knows_restrict(const PostgresVersion& version) {
    constexpr std::array<std::pair<int, int>, 5> kFirst = {{{13, 22}, {14, 19}, {15, 14}, {16, 10}, {17, 6}}};
    for (const auto& [major, minor] : kFirst) {
        if (version.major == major) return version.minor >= minor;
    }
    return version.major >= 18;
}

Result<PostgresClient> find_postgres_client(const CallContext& ctx, const ClientQuery& query) {
    if (query.tools) return client_in(ctx, query, *query.tools);
    const auto installed = installed_clients(query);
    const auto fits = [&](const PostgresClient& client) { return client.version.major >= query.server_major; };
    auto best = std::find_if(installed.begin(), installed.end(), fits);
    if (query.server_major == 0 && !installed.empty()) best = std::prev(installed.end());
    if (best != installed.end()) return client_in(ctx, query, best->folder);
    auto by_path = client_in(ctx, query, {});
    if (by_path || installed.empty()) return by_path;
    return too_old(query, installed.back().version.text);
}

}  // namespace cofre::dump
