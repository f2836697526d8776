#pragma once

/// @file
/// What every command is given, and the commands themselves.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "config/config.h"
#include "daemon/target_factory.h"

namespace cofre::cli {

/// Objects in work at once where --concurrency is not given.
inline constexpr int kObjectsAtOnce = 32;

/// One invocation. References outlive every command.
struct App {
    const GlobalOptions& globals;
    const Console& console;
    CallContext ctx;
    Clock& clock;
};

/// Loads the configuration and points the log at what it says. kNotFound: there
/// is none.
Result<config::Config> load_configuration(const App& app);

/// As above, but nullopt where there is none and none was named with --config.
Result<std::optional<config::Config>> load_optional_configuration(const App& app);

/// Sets up the log for commands without a configuration.
Status configure_default_log(const App& app);

/// The state folder of commands that have no configuration.
std::filesystem::path default_state_folder();

struct ResolvedPlace {
    config::TargetConfig target;
    std::filesystem::path state_folder;  ///< Of the configuration that knows the target, else the default.
};

/// The target that is meant: `options.target` as a name of the configuration,
/// else as a URL or path; if empty, the target of `job`, else what
/// RESTIC_REPOSITORY (or the file RESTIC_REPOSITORY_FILE) names, else the only one
/// configured. Options of the command line override what it says.
Result<ResolvedPlace> resolve_place(const App& app, const TargetOptions& options, std::string_view job);
/// The same where nothing is kept on this machine.
Result<config::TargetConfig> resolve_target(const App& app, const TargetOptions& options, std::string_view job);

/// "NAME=VALUE" each; `what` for messages. kInvalidArgument: no '=', or a name twice.
Result<std::map<std::string, std::string>> parse_pairs(const std::vector<std::string>& pairs, std::string_view what);

/// Prints the error, on stderr and with --json also on stdout, and returns the
/// status for the shell.
int fail(const App& app, const Error& error);

/// Each prints its own results and errors and returns the exit status.
int run_command(const App& app, const RunOptions& options);
int run_command(const App& app, const BackupOptions& options);
int run_command(const App& app, const RestoreOptions& options);
int run_command(const App& app, const VerifyOptions& options);
int run_command(const App& app, const LsOptions& options);
int run_command(const App& app, const FindOptions& options);
int run_command(const App& app, const DiffOptions& options);
int run_command(const App& app, const DumpOptions& options);
int run_command(const App& app, const StatsOptions& options);
int run_command(const App& app, const MountOptions& options);
int run_command(const App& app, const SnapshotsOptions& options);
int run_command(const App& app, const ProofShowOptions& options);
int run_command(const App& app, const StatusOptions& options);
int run_command(const App& app, const ServeOptions& options);
int run_command(const App& app, const JobsOptions& options);
int run_command(const App& app, const JobControlOptions& options);
int run_command(const App& app, const HistoryOptions& options);
int run_command(const App& app, const CatalogInfoOptions& options);
int run_command(const App& app, const CatalogRebuildOptions& options);
int run_command(const App& app, const NotifyTestOptions& options);
int run_command(const App& app, const NotifyListOptions& options);
int run_command(const App& app, const NotifyAckOptions& options);
int run_command(const App& app, const ConfigInitOptions& options);
int run_command(const App& app, const ConfigCheckOptions& options);
int run_command(const App& app, const ConfigShowOptions& options);
int run_command(const App& app, const ConfigSchemaOptions& options);
int run_command(const App& app, const S3LsOptions& options);
int run_command(const App& app, const S3CpOptions& options);
int run_command(const App& app, const S3RmOptions& options);
int run_command(const App& app, const S3PresignOptions& options);
int run_command(const App& app, const S3ProbeOptions& options);
int run_command(const App& app, const S3StatOptions& options);
int run_command(const App& app, const S3TagOptions& options);
int run_command(const App& app, const S3LockOptions& options);
int run_command(const App& app, const S3ThawOptions& options);
int run_command(const App& app, const S3VersionsOptions& options);
int run_command(const App& app, const S3RulesOptions& options);
int run_command(const App& app, const CleanupOptions& options);
int run_command(const App& app, const VersionOptions& options);
int run_command(const App& app, const CompletionOptions& options);
int run_command(const App& app, const DebugSignOptions& options);
int run_command(const App& app, const DebugUrlOptions& options);
int run_command(const App& app, const DebugAwsConfigOptions& options);
int run_command(const App& app, const DebugCredentialsOptions& options);
int run_command(const App& app, const DebugMatchOptions& options);
int run_command(const App& app, const DebugChunkOptions& options);
int run_command(const App& app, const DebugCronOptions& options);
int run_command(const App& app, const DebugRetentionOptions& options);
int run_command(const App& app, const DoctorOptions& options);
int run_command(const App& app, const DoctorPolicyOptions& options);
int run_command(const App& app, const DoctorCredentialsOptions& options);
// Of repositories.
int run_command(const App& app, const InitOptions& options);
int run_command(const App& app, const RecoveryKitOptions& options);
int run_command(const App& app, const CatOptions& options);
int run_command(const App& app, const ListOptions& options);
int run_command(const App& app, const KeyListOptions& options);
int run_command(const App& app, const KeyAddOptions& options);
int run_command(const App& app, const KeyRemoveOptions& options);
int run_command(const App& app, const KeyPasswdOptions& options);
int run_command(const App& app, const UnlockOptions& options);
int run_command(const App& app, const TagOptions& options);
int run_command(const App& app, const CacheOptions& options);
int run_command(const App& app, const CheckOptions& options);
int run_command(const App& app, const ForgetOptions& options);
int run_command(const App& app, const PruneOptions& options);
int run_command(const App& app, const CopyOptions& options);
int run_command(const App& app, const RewriteOptions& options);
int run_command(const App& app, const RepairIndexOptions& options);
int run_command(const App& app, const RepairPacksOptions& options);
int run_command(const App& app, const RepairSnapshotsOptions& options);

}  // namespace cofre::cli
