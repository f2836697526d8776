#include "cli/app.h"

#include <cstdlib>
#include <ctime>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/units.h"
#include "config/load.h"
#include "daemon/log_plan.h"

namespace cofre::cli {
namespace {

/// Warnings of a run are part of its summary; twice would be noise.
constexpr LogLevel kUsualConsoleLevel = LogLevel::kError;

/// --log-level, else by -v and -q, else `usual`.
Result<LogLevel> console_level(const GlobalOptions& globals, LogLevel usual) {
    if (!globals.log_level.empty()) return parse_log_level(globals.log_level);
    if (globals.verbosity > 1) return LogLevel::kDebug;
    if (globals.verbosity == 1) return LogLevel::kInfo;
    return usual;
}

constexpr std::size_t kMaxKeyFile = 4'096;

config::LoadOptions load_options(const App& app) {
    return config::process_load_options(app.globals.config);
}

Status override_sizes(const TargetOptions& options, config::TargetConfig& target) {
    if (!options.multipart_threshold.empty()) {
        COFRE_ASSIGN(target.multipart_threshold, parse_size(options.multipart_threshold));
    }
    if (!options.part_size.empty()) {
        COFRE_ASSIGN(target.part_size, parse_size(options.part_size));
    }
    if (options.part_concurrency > 0) target.part_concurrency = options.part_concurrency;
    return {};
}

Status override_object_settings(const TargetOptions& options, config::TargetConfig& target) {
    if (!options.acl.empty()) target.acl = options.acl;
    if (!options.sse_kms_key_id.empty()) target.sse_kms_key_id = options.sse_kms_key_id;
    if (options.sse == "none") target.sse = s3::ServerSideEncryption::kBucketDefault;
    if (options.sse == "AES256") target.sse = s3::ServerSideEncryption::kStoreKeys;
    if (options.sse == "aws:kms") target.sse = s3::ServerSideEncryption::kKms;
    if (!options.tags.empty()) {
        COFRE_ASSIGN(target.tags, parse_pairs(options.tags, "--tag"));
    }
    if (options.object_lock_mode == "governance") target.object_lock_mode = s3::RetentionMode::kGovernance;
    if (options.object_lock_mode == "compliance") target.object_lock_mode = s3::RetentionMode::kCompliance;
    if (options.object_lock_days > 0) target.object_lock_days = options.object_lock_days;
    if (options.legal_hold) target.legal_hold = true;
    if (options.requester_pays) target.requester_pays = true;
    if (!options.proxy.empty()) target.proxy = options.proxy;
    if (options.sse_customer_key_file.empty()) return {};
    COFRE_ASSIGN(auto key, read_small_file(options.sse_customer_key_file, kMaxKeyFile));
    while (!key.empty() && (key.back() == '\n' || key.back() == '\r'))
        key.pop_back();
    target.sse_customer_key = Secret(std::move(key));
    return {};
}

Status override_target(const TargetOptions& options, config::TargetConfig& target) {
    const auto replace = [](std::string& value, const std::string& given) {
        if (!given.empty()) value = given;
    };
    replace(target.endpoint, options.endpoint);
    replace(target.region, options.region);
    replace(target.storage_class, options.storage_class);
    replace(target.limit_upload, options.limit_upload);
    replace(target.limit_download, options.limit_download);
    if (!options.profile.empty()) target.profile = options.profile;
    if (!options.provider.empty()) target.provider = options.provider;
    if (!options.ca_bundle.empty()) target.ca_bundle = options.ca_bundle;
    if (options.allow_http) target.allow_http = true;
    if (options.path_style) target.addressing = s3::AddressingStyle::kPath;
    if (options.virtual_host_style) target.addressing = s3::AddressingStyle::kVirtualHost;
    if (options.layout == "repository") target.layout = config::Layout::kRepository;
    if (options.layout == "objects") target.layout = config::Layout::kObjects;
    if (options.layout == "auto") target.layout = config::Layout::kAuto;
    COFRE_TRY(override_object_settings(options, target));
    return override_sizes(options, target);
}

Result<config::TargetConfig> configured_target(const config::Config& config, std::string_view job) {
    if (!job.empty()) {
        const auto* const found = config.find_job(job);
        if (found == nullptr) {
            return Error(ErrorCode::kNotFound, config.path.native() + " has no job \"" + std::string(job) + "\"");
        }
        return *config.find_target(found->to);
    }
    if (config.targets.size() == 1) return config.targets.front();
    std::string names;
    for (const auto& target : config.targets)
        names += (names.empty() ? "" : ", ") + target.name;
    return Error(ErrorCode::kInvalidArgument, "there are several targets: " + names)
        .with_hint("choose one with --from, or name a job");
}

Result<config::TargetConfig> named_target(const config::Config& config, const std::string& name) {
    if (const auto* found = config.find_target(name)) return *found;
    return Error(ErrorCode::kNotFound, config.path.native() + " has no target \"" + name + "\"");
}

constexpr std::size_t kMaxRepositoryFile = 64UL * 1024;

/// What restic's variables say, or nothing.
Result<std::string> place_of_environment(const config::Environment& environment) {
    if (const auto found = environment.find("RESTIC_REPOSITORY"); found != environment.end()) return found->second;
    const auto file = environment.find("RESTIC_REPOSITORY_FILE");
    if (file == environment.end() || file->second.empty()) return std::string();
    auto text = read_small_file(file->second, kMaxRepositoryFile);
    if (!text) return std::move(text).error().context("RESTIC_REPOSITORY_FILE");
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
        text->pop_back();
    return text;
}

/// The configuration that knows a target by its name, or has only one.
Result<config::Config> configuration_for(const App& app, const std::string& name) {
    auto config = load_configuration(app);
    if (config || config.error().code() != ErrorCode::kNotFound || app.globals.config) return config;
    return Error(ErrorCode::kInvalidArgument,
                 name.empty()
                     ? "no target is given, and there is no configuration"
                     : "\"" + name + "\" is not a URL or path, and there is no configuration that could name it")
        .with_hint("give one as s3://bucket/prefix or file:///path");
}

}  // namespace

Result<config::Config> load_configuration(const App& app) {
    auto loaded = config::load_config(load_options(app));
    if (!loaded && loaded.error().code() == ErrorCode::kNotFound) {
        return std::move(loaded).error().with_hint("name it with --config, or write one with `cofre config init`");
    }
    if (!loaded) return std::move(loaded).error();
    auto log = config::log_options(loaded->logging);
    const auto usual = loaded->logging.console_level.value_or(kUsualConsoleLevel);
    COFRE_ASSIGN(log.console_level, console_level(app.globals, usual));
    if (!loaded->time_zone.empty()) {
        // Names of dumps are in this zone. No other thread runs yet.
        ::setenv("TZ", loaded->time_zone.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
        ::tzset();
    }
    COFRE_TRY(daemon::add_log_sinks(loaded->logging, log, loaded->warnings));
    COFRE_TRY(configure_log(log));
    for (const auto& warning : loaded->warnings)
        app.console.warning(warning);
    return *std::move(loaded);
}

Result<std::optional<config::Config>> load_optional_configuration(const App& app) {
    const bool named = app.globals.config.has_value();
    if (!named && !config::has_configuration(load_options(app))) {
        COFRE_TRY(configure_default_log(app));
        return std::optional<config::Config>();
    }
    COFRE_ASSIGN(auto config, load_configuration(app));
    return std::optional(std::move(config));
}

Status configure_default_log(const App& app) {
    LogOptions log;
    COFRE_ASSIGN(log.console_level, console_level(app.globals, kUsualConsoleLevel));
    return configure_log(log);
}

std::filesystem::path default_state_folder() {
    return config::default_state_dir(config::process_load_options());
}

Result<ResolvedPlace> resolve_place(const App& app, const TargetOptions& options, std::string_view job) {
    std::string name = options.target;
    if (name.empty() && job.empty()) {
        COFRE_ASSIGN(name, place_of_environment(config::process_environment()));
    }
    // A URL or a path says all by itself: a broken configuration must not stand
    // in the way of a restore.
    const bool is_place = name.find('/') != std::string::npos || name.starts_with("local:");
    ResolvedPlace place{.target = {}, .state_folder = default_state_folder()};
    if (is_place) {
        COFRE_TRY(configure_default_log(app));
        COFRE_ASSIGN(place.target, config::target_from_url(name, load_options(app)));
    } else {
        COFRE_ASSIGN(const auto config, configuration_for(app, name));
        COFRE_ASSIGN(place.target, name.empty() ? configured_target(config, job) : named_target(config, name));
        place.state_folder = config.state_dir;
    }
    COFRE_TRY(override_target(options, place.target));
    return place;
}

Result<config::TargetConfig> resolve_target(const App& app, const TargetOptions& options, std::string_view job) {
    COFRE_ASSIGN(auto place, resolve_place(app, options, job));
    return std::move(place.target);
}

Result<std::map<std::string, std::string>> parse_pairs(const std::vector<std::string>& pairs, std::string_view what) {
    std::map<std::string, std::string> result;
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        const bool is_new = equals != std::string::npos && equals > 0 &&
                            result.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second;
        if (!is_new) {
            return Error(ErrorCode::kInvalidArgument,
                         std::string(what) + " " + pair + ": expected NAME=VALUE, each name once");
        }
    }
    return result;
}

int fail(const App& app, const Error& error) {
    const int status = exit_status_of(error);
    app.console.error(error);
    const nlohmann::ordered_json out = {{"message_type", "exit_error"},
                                        {"code", status},
                                        {"message", redact(error.message())},
                                        {"hint", redact(error.hint())}};
    app.console.print_json(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return status;
}

}  // namespace cofre::cli
