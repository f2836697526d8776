#pragma once

/// @file
/// From files and environment to a Config.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace cofre::config {

/// A variable that is set but empty counts as unset, everywhere.
using Environment = std::map<std::string, std::string>;

Environment process_environment();

/// All that loading depends on; process_load_options() fills it from the
/// process, tests and fuzzers by hand.
struct LoadOptions {
    std::optional<std::filesystem::path> path;  ///< --config; absent: searched.
    Environment environment;
    std::filesystem::path current_dir;  ///< Absolute.
    bool is_root = false;               ///< Decides on the default state folder.
    /// Reads what `${file:...}` names; absent: the file itself, at most 64 KiB.
    std::function<Result<std::string>(const std::filesystem::path&)> read_file;
};
LoadOptions process_load_options(std::optional<std::filesystem::path> path = {});

/// Where commands without a configuration keep locks and run records:
/// COFRE_STATE_DIR, else /var/lib/cofre for root, else $XDG_STATE_HOME/cofre or
/// ~/.local/state/cofre.
std::filesystem::path default_state_dir(const LoadOptions& options);

/// The first of: `path`; ./cofre.yaml; ./config.yaml if it has the
/// aws/s3/backup form; cofre.yaml in $XDG_CONFIG_HOME/cofre or ~/.config/cofre;
/// /etc/cofre/cofre.yaml. kNotFound lists where it looked.
Result<std::filesystem::path> find_config_path(const LoadOptions& options);

/// True if load_config() has something to read: a file, or an environment that is
/// a configuration by itself.
bool has_configuration(const LoadOptions& options);

/// Finds, reads, completes and checks the configuration. Sources of a value,
/// the strongest first: environment, `.env` beside the file, file, default. In
/// cofre.yaml the AWS_* variables fill in only what a target leaves out, since
/// targets are many and the variables one; in the aws/s3/backup form, which has
/// one place to go, they override.
///
/// Relative paths are relative to the file, in the aws/s3/backup form to the
/// current directory. `~/` is $HOME. In values `${VAR}`, `${VAR:-default}` and
/// `${file:/path}` (without the newlines at its end) are replaced, once; `$${`
/// stands for `${`.
///
/// Where there is no file and none is named, but DB_TYPE is set, the environment
/// alone is the configuration: docs/from-environment.md.
///
/// kNotFound: no file. kInvalidArgument: anything wrong in it; the message
/// begins with "file:line:column: ". Never echoes a secret, nor a value that
/// came from a variable or another file. At most 1 MiB is read.
Result<Config> load_config(const LoadOptions& options);

/// As load_config(), on text that is already read; does no I/O but
/// `options.read_file`. `dot_env`: the text of the `.env` beside it.
Result<Config> parse_config(std::string_view text, const std::filesystem::path& path, std::string_view dot_env,
                            const LoadOptions& options);

/// The target that `--to` or `--from` names by URL or path: what a target of
/// that url and nothing else would be. Relative paths: to the current directory.
Result<TargetConfig> target_from_url(std::string_view url, const LoadOptions& options);

}  // namespace cofre::config
