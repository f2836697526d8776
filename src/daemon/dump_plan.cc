#include "daemon/dump_plan.h"

#include <array>
#include <ctime>
#include <map>
#include <set>
#include <utility>

#include "aws/shell_words.h"
#include "base/utf8.h"
#include "objects/manifest.h"

namespace cofre::daemon {
namespace {

constexpr std::size_t kMaxObjectName = 512;

/// A name as it may stand in a key: no folder of its own.
std::string name_in_key(std::string text) {
    for (auto& c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
        if (!is_plain) c = '_';
    }
    return text;
}

/// ".sql" of "a/%Y/{database}.sql"; nothing where the end is made of letters of
/// strftime or of a {word}.
std::string literal_suffix(const std::string& pattern) {
    const auto dot = pattern.find_last_of("./}%");
    if (dot == std::string::npos || pattern[dot] != '.' || dot == 0 || dot + 1 == pattern.size()) return {};
    return pattern.substr(dot);
}

/// strftime() in the local zone. Letters that it does not know stay as they are.
Result<std::string> with_time(const std::string& pattern, WallTime now) {
    const auto seconds =
        static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) return Error(ErrorCode::kInternal, "break up the time");
    std::array<char, kMaxObjectName> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), pattern.c_str(), &local);
    if (length == 0) return Error(ErrorCode::kInvalidArgument, "object_name: longer than 512 bytes, or empty");
    return std::string(text.data(), length);
}

Error with_place(Error error, const config::DatabaseConfig& database) {
    return std::move(error).context("database " + escape_for_display(database.name));
}

}  // namespace

config::DatabaseConfig database_of_url(std::string url) {
    config::DatabaseConfig database;
    const auto address = dump::parse_database_url(url);
    database.name = address ? address->display() : "of a URL";
    database.url = std::move(url);
    return database;
}

Result<dump::DumpRequest> dump_request(const config::DatabaseConfig& database) {
    dump::DumpRequest request;
    if (!database.command.empty()) {
        request.address.engine = dump::Engine::kCommand;
        request.address.database = database.name;
        auto command = aws::split_shell_words(database.command);
        if (!command || command->empty()) {
            return with_place(Error(ErrorCode::kInvalidArgument, "command: a quote is not closed"), database);
        }
        request.command = *std::move(command);
    } else {
        auto address = dump::parse_database_url(database.url);
        if (!address) return with_place(std::move(address).error(), database);
        request.address = *std::move(address);
    }
    if (!database.password.empty()) request.address.password = database.password;
    request.databases = database.databases;
    request.globals = database.globals;
    request.format = database.format == "custom" ? dump::DumpFormat::kCustom : dump::DumpFormat::kPlain;
    request.jobs = database.jobs;
    request.tables = database.tables;
    request.exclude_tables = database.exclude_tables;
    request.schemas = database.schemas;
    request.exclude_schemas = database.exclude_schemas;
    auto words = aws::split_shell_words(database.options);
    if (!words) {
        return with_place(Error(ErrorCode::kInvalidArgument, "options: a quote is not closed"), database);
    }
    request.options = *std::move(words);
    request.count_rows = database.count_rows;
    request.sample_rows = static_cast<std::uint64_t>(database.sample_rows);
    request.tools = database.tools;
    request.idle_timeout = database.idle_timeout;
    request.allow_empty = database.allow_empty;
    request.server_folder = database.server_folder;
    request.local_folder = database.local_folder.value_or("");
    return request;
}

Result<DumpObjectName> dump_object_name(const config::DatabaseConfig& database, const dump::DatabaseAddress& address,
                                        const std::string& job, WallTime now) {
    const auto wrong = [&](const std::string& cause) {
        return with_place(Error(ErrorCode::kInvalidArgument, "object_name: " + cause), database);
    };
    std::string named = address.database.empty() ? "all" : address.database;
    if (address.engine == dump::Engine::kSqlite) named = named.substr(named.rfind('/') + 1);
    if (database.databases.size() == 1) named = database.databases.front();
    const std::map<std::string, std::string> words = {{"job", name_in_key(job)},
                                                      {"database", name_in_key(named)},
                                                      {"engine", std::string(to_string(address.engine))}};
    std::string pattern;
    const std::string suffix = literal_suffix(database.object_name);
    const std::string text = database.object_name.substr(0, database.object_name.size() - suffix.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '{') {
            pattern += text[i];
            continue;
        }
        const auto end = text.find('}', i);
        const auto word = words.find(text.substr(i + 1, end == std::string::npos ? end : end - i - 1));
        if (end == std::string::npos || word == words.end()) {
            return wrong("{job}, {database} and {engine} are known").with_hint("a dump's name is " + text);
        }
        for (const char c : word->second)
            pattern += c == '%' ? std::string("%%") : std::string(1, c);
        i = end;
    }
    COFRE_ASSIGN(auto name, with_time(pattern, now));
    if (!objects::is_safe_relative_path(name)) return wrong("\"" + escape_for_display(name) + "\" is no safe path");
    return DumpObjectName{.name = std::move(name), .suffix = suffix};
}

std::vector<config::DatabaseConfig> take_databases(const config::Config& config, config::JobConfig& job) {
    std::vector<config::DatabaseConfig> databases;
    for (const auto& name : job.databases)
        databases.push_back(*config.find_database(name));
    std::vector<std::string> paths;
    for (auto& source : job.sources) {
        if (dump::is_database_url(source)) {
            databases.push_back(database_of_url(std::move(source)));
        } else {
            paths.push_back(std::move(source));
        }
    }
    job.sources = std::move(paths);
    return databases;
}

Result<std::vector<backup::OpenDump>> begin_dumps(const CallContext& ctx,
                                                  const std::vector<config::DatabaseConfig>& databases,
                                                  const std::string& job, WallTime now) {
    std::vector<backup::OpenDump> dumps;
    std::set<std::string> places;
    std::vector<dump::DumpRequest> requests;
    for (const auto& database : databases) {
        COFRE_ASSIGN(auto request, dump_request(database));
        backup::OpenDump open;
        open.folder = backup::dump_folder(request.address);
        COFRE_ASSIGN(auto named, dump_object_name(database, request.address, job, now));
        open.name = std::move(named.name);
        open.suffix = std::move(named.suffix);
        if (!places.insert(open.folder).second || !places.insert(open.name).second) {
            return with_place(Error(ErrorCode::kInvalidArgument, "another database of the job has the same place: " +
                                                                     escape_for_display(open.folder)),
                              database);
        }
        dumps.push_back(std::move(open));
        requests.push_back(std::move(request));
    }
    for (std::size_t i = 0; i < dumps.size(); ++i) {
        auto begun = dump::begin_dump(ctx, requests[i]);
        if (!begun) return with_place(std::move(begun).error(), databases[i]);
        dumps[i].dump = *std::move(begun);
    }
    return dumps;
}

}  // namespace cofre::daemon
