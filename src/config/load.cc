#include "config/load.h"

#include <algorithm>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "config/environment_form.h"
#include "config/read_form.h"
#include "config/section_reader.h"
#include "config/variables.h"
#include "config/yaml_tree.h"

extern char** environ;

namespace cofre::config {
namespace {

constexpr std::size_t kMaxDotEnvFile = 1U << 20U;

std::string value_of(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

/// A found file, or why it is not the one.
struct Candidate {
    std::filesystem::path path;
    bool must_be_legacy = false;
};

std::vector<Candidate> candidates(const LoadOptions& options) {
    std::vector<Candidate> result = {{options.current_dir / "cofre.yaml"}, {options.current_dir / "config.yaml", true}};
    const auto xdg = value_of(options.environment, "XDG_CONFIG_HOME");
    const auto home = value_of(options.environment, "HOME");
    if (xdg.starts_with('/')) {
        result.push_back({std::filesystem::path(xdg) / "cofre/cofre.yaml"});
    } else if (!home.empty()) {
        result.push_back({std::filesystem::path(home) / ".config/cofre/cofre.yaml"});
    }
    result.push_back({"/etc/cofre/cofre.yaml"});
    return result;
}

/// Empty: it is. Otherwise why some config.yaml is not ours.
std::string why_not_legacy(const std::filesystem::path& path) {
    const auto text = read_small_file(path, kMaxYamlBytes);
    if (!text) return text.error().message();
    const auto root = parse_yaml(*text, path.string());
    if (!root) return root.error().message();
    return has_legacy_form(*root) ? "" : path.string() + " (not a configuration of cofre)";
}

bool is_there(const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

bool is_readable_by_others(const std::filesystem::path& path) {
    struct ::stat status {};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & 077U) != 0;
}

std::string mode_warning(const std::filesystem::path& path) {
    return path.string() + " holds secrets, and others than its owner may read it: chmod 600 " + path.string();
}

/// What load_config() learns beside the Config.
struct Parsed {
    Config config;
    bool file_has_secrets = false;
    bool dot_env_has_secrets = false;
};

Result<Parsed> parse(std::string_view text, const std::filesystem::path& path, std::string_view dot_env,
                     const LoadOptions& options) {
    const std::string file = path.string();
    COFRE_ASSIGN(const YamlNode root, parse_yaml(text, file));
    if (root.kind != YamlNode::Kind::kMap && root.kind != YamlNode::Kind::kNull) {
        return error_at(file, root.position, "a configuration is a map of keys, such as \"targets:\" and \"jobs:\"");
    }
    Variables variables(options.environment);
    COFRE_TRY(variables.add_dot_env(dot_env, (path.parent_path() / ".env").string()));

    const PathBase current{options.current_dir, value_of(options.environment, "HOME")};
    COFRE_ASSIGN(const auto absolute, absolute_path(file, current));
    const bool is_legacy = has_legacy_form(root);
    const PathBase base = is_legacy ? current : PathBase{absolute.parent_path(), current.home};
    Expander expander(variables, base, options.read_file);
    SectionReader reader(file, variables, {base, current}, expander);

    const FormInput input{root, reader, variables, base, default_state_dir(options)};
    COFRE_ASSIGN(auto config, is_legacy ? read_legacy_form(input) : read_cofre_form(input));
    config.path = absolute;
    return Parsed{std::move(config), reader.has_literal_secret(), variables.dot_env_has_secrets()};
}

/// What the environment and a `.env` in the current folder say, where there is
/// no file and they ask for a dump.
Result<std::optional<Config>> config_of_environment(const LoadOptions& options) {
    Variables variables(options.environment);
    const auto dot_env_path = options.current_dir / ".env";
    if (const auto dot_env = read_small_file(dot_env_path, kMaxDotEnvFile)) {
        COFRE_TRY(variables.add_dot_env(*dot_env, dot_env_path.string()));
    }
    if (!has_environment_form(variables)) return std::optional<Config>();
    COFRE_ASSIGN(auto config, read_environment_form(variables, {}));
    config.state_dir = default_state_dir(options);
    if (variables.dot_env_has_secrets() && is_readable_by_others(dot_env_path)) {
        config.warnings.push_back(mode_warning(dot_env_path));
    }
    return std::optional(std::move(config));
}

}  // namespace

Environment process_environment() {
    Environment result;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) result.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

LoadOptions process_load_options(std::optional<std::filesystem::path> path) {
    LoadOptions options;
    options.path = std::move(path);
    options.environment = process_environment();
    std::error_code error;
    options.current_dir = std::filesystem::current_path(error);
    if (error) options.current_dir = "/";
    options.is_root = ::geteuid() == 0;
    return options;
}

std::filesystem::path default_state_dir(const LoadOptions& options) {
    const auto named = value_of(options.environment, "COFRE_STATE_DIR");
    if (named.starts_with('/')) return named;
    if (options.is_root) return "/var/lib/cofre";
    const auto xdg = value_of(options.environment, "XDG_STATE_HOME");
    if (xdg.starts_with('/')) return std::filesystem::path(xdg) / "cofre";
    const auto home = value_of(options.environment, "HOME");
    return home.empty() ? "/var/lib/cofre" : std::filesystem::path(home) / ".local/state/cofre";
}

Result<std::filesystem::path> find_config_path(const LoadOptions& options) {
    if (options.path)
        return absolute_path(options.path->string(), {options.current_dir, value_of(options.environment, "HOME")});
    std::string looked;
    for (const auto& candidate : candidates(options)) {
        std::string place = candidate.path.string();
        if (is_there(candidate.path)) {
            if (!candidate.must_be_legacy) return candidate.path;
            place = why_not_legacy(candidate.path);
            if (place.empty()) return candidate.path;
        }
        looked += (looked.empty() ? "" : ", ") + place;
    }
    return Error(ErrorCode::kNotFound, "no configuration found; looked for " + looked)
        .with_hint("write one with `cofre config init`, or name one with --config");
}

Result<Config> parse_config(std::string_view text, const std::filesystem::path& path, std::string_view dot_env,
                            const LoadOptions& options) {
    COFRE_ASSIGN(auto parsed, parse(text, path, dot_env, options));
    return std::move(parsed.config);
}

bool has_configuration(const LoadOptions& options) {
    if (find_config_path(options)) return true;
    const auto config = config_of_environment(options);
    // One that is incomplete may be another program's: it stops only who needs it.
    return config && config->has_value();
}

Result<Config> load_config(const LoadOptions& options) {
    const auto found = find_config_path(options);
    if (!found && !options.path) {
        COFRE_ASSIGN(auto config, config_of_environment(options));
        if (config) return *std::move(config);
    }
    COFRE_ASSIGN(const auto path, found);
    COFRE_ASSIGN(const auto text, read_small_file(path, kMaxYamlBytes));
    const auto dot_env_path = path.parent_path() / ".env";
    auto dot_env = read_small_file(dot_env_path, kMaxDotEnvFile);
    if (!dot_env && dot_env.error().code() != ErrorCode::kNotFound) return std::move(dot_env).error();

    COFRE_ASSIGN(auto parsed, parse(text, path, dot_env ? *dot_env : std::string(), options));
    Config& config = parsed.config;
    if (parsed.file_has_secrets && is_readable_by_others(path)) config.warnings.push_back(mode_warning(path));
    if (parsed.dot_env_has_secrets && is_readable_by_others(dot_env_path)) {
        config.warnings.push_back(mode_warning(dot_env_path));
    }
    return std::move(config);
}

Result<TargetConfig> target_from_url(std::string_view url, const LoadOptions& options) {
    const PathBase base{options.current_dir, value_of(options.environment, "HOME")};
    const Variables variables(options.environment);
    Expander expander(variables, base, options.read_file);
    SectionReader reader("target", variables, {base, base}, expander);
    auto target = read_bare_target(reader, variables, base, url);
    if (!target) return std::move(target).error().context("target " + escape_for_display(redact(url)));
    return target;
}

}  // namespace cofre::config
