#include "cli/command_line.h"

#include <sstream>
#include <utility>

#include "cli/grammar.h"

namespace cofre::cli {
namespace {

constexpr const char* kFooter =
    "Begin with:  cofre config init, cofre init (for a repository), cofre run\n"
    "Without a configuration:  cofre init --to s3://BUCKET/PREFIX   then   cofre backup FOLDER --to "
    "s3://BUCKET/PREFIX\n"
    "Exit status: 0 done, 1 fatal, 2 partly done, 10 no repository, 11 locked, 12 wrong password, 130 interrupted.";

/// A repeatable option takes one value each time: what follows is a source or a
/// snapshot, and would be swallowed.
void take_one_value_each(CLI::App& app) {
    for (auto* option : app.get_options()) {
        if (!option->get_positional() && option->get_items_expected_max() > 1) option->allow_extra_args(false);
    }
    for (auto* child : app.get_subcommands([](const CLI::App*) { return true; }))
        take_one_value_each(*child);
}

/// Declares every command but those of the other grammar_*.cc.
class WholeGrammar : public Grammar {
public:
    WholeGrammar() {
        root().require_subcommand(1);
        root().footer(kFooter);
        root().fallthrough();
        add_globals();
        add_run();
        add_backup_command(*this);
        add_reading_commands(*this);
        add_reading();
        add_service_commands(*this);
        add_catalog_commands(*this);
        add_repository_commands(*this);
        add_maintenance_commands(*this);
        add_config();
        add_s3();
        add_doctor();
        add_debug();
        root().add_flag_callback(
            "--version", [] { throw CLI::CallForVersion("", 0); }, "Show the version");
        take_one_value_each(root());
    }

private:
    void add_globals() {
        root().add_option("-c,--config", globals().config, "Configuration file (default: searched)");
        root().add_flag("--json", globals().json, "Results and progress as JSON on stdout, nothing else there");
        root().add_flag("-q,--quiet", globals().quiet, "No progress and no summary; errors stay");
        root().add_flag("-v,--verbose", globals().verbosity, "Say more; twice: debug");
        root().add_option("--log-level", globals().log_level, "Of the console: debug, info, warning, error, off");
        root().add_flag("--no-color", globals().no_color, "No colours (also: NO_COLOR)");
    }

    void add_run() {
        const auto [app, o] = command<RunOptions>(root(), "run", "Run the jobs of the configuration");
        app->add_option("JOB", o->jobs, "Names of jobs (default: all)");
        app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
        app->add_option("--output-json", o->output_json, "Also write the results to this file");
        app->add_flag("--create-config", o->create_config, "Write an example config.yaml and stop");
        app->add_flag("--status", o->status, "Check configuration, sources and access, and stop");
        // For `cofre serve`, which runs each job as a process of its own.
        app->add_option("--claim", o->claim)->group("");
        app->add_option("--due", o->due)->group("");
    }

    void add_proof() {
        auto* const proof = root().add_subcommand("proof", "Evidence that backups come back");
        proof->require_subcommand(1);
        const auto [app, o] = command<ProofShowOptions>(*proof, "show", "Show what was verified, when and how");
        app->add_option("JOB", o->job, "Only of this job");
        app->add_option("--from", o->from.target, "s3://bucket/prefix, a path, or a target's name");
        app->add_flag("--all", o->all, "Not only the newest of each job and level");
        add_target(app, o->from);
    }

    void add_reading() {
        {
            const auto [app, o] = command<VerifyOptions>(root(), "verify", "Prove that a backup comes back");
            app->add_option("JOB", o->job, "Job whose latest snapshot is verified");
            app->add_option("--snapshot", o->snapshots, "latest (default), or an id (repeatable)");
            auto* const level = app->add_option(
                "--level", o->level,
                "list: everything is there; read: every byte is compared (default: read "
                "for plain objects, list for a repository); semantic: every dump is replayed by its own "
                "tool; restore: everything is restored and compared, dumps in a throw-away server");
            app->add_flag("--read-data", o->read_data, "The same as --level read")->excludes(level);
            app->add_option("--concurrency", o->concurrency, "Files or packs at once")->check(CLI::Range(1, 256));
            app->add_option("--temp-folder", o->temp_folder, "Folder for what is restored ($TMPDIR or /tmp)");
            Grammar::add_filter(app, o->filter);
            Grammar::add_access(app, o->from);
        }
        add_proof();
        {
            const auto [app, o] = command<StatusOptions>(root(), "status", "Show jobs, last runs and proofs");
            app->add_option("JOB", o->jobs, "Names of jobs (default: all)");
            app->add_flag("--offline", o->offline, "Do not connect to the targets");
        }
        {
            const auto [app, o] =
                command<CleanupOptions>(root(), "cleanup", "Abort unfinished uploads that this machine left behind");
            app->add_option("TARGET", o->to.target, "s3://bucket/prefix, or a target's name (default: the only one)");
            app->add_option("--older-than", o->older_than, "Leave younger ones to be gone on with (1d)");
            app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
            add_target(app, o->to);
        }
        command<VersionOptions>(root(), "version", "Show the version");
        const auto [app, o] = command<CompletionOptions>(root(), "completion", "Print a shell completion script");
        app->add_option("SHELL", o->shell, "bash, zsh or fish")
            ->required()
            ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    }

    void add_config() {
        auto* const config = root().add_subcommand("config", "Write, check and show the configuration");
        config->require_subcommand(1);
        config->fallthrough();
        {
            const auto [app, o] = command<ConfigInitOptions>(*config, "init", "Write an example cofre.yaml");
            app->add_option("FILE", o->path, "Where to (default: ./cofre.yaml)");
            app->add_flag("--force", o->force, "Replace an existing file");
            app->add_flag("--legacy", o->legacy, "The aws/s3/backup/logging form, as config.yaml");
        }
        {
            const auto [app, o] = command<ConfigCheckOptions>(*config, "check", "Find what is wrong with it");
            app->add_flag("--online", o->online, "Also connect to every target");
        }
        command<ConfigShowOptions>(*config, "show", "Show the effective configuration, secrets masked");
        const auto [app, o] = command<ConfigSchemaOptions>(*config, "schema", "Print its JSON Schema");
        app->add_flag("--legacy", o->legacy, "Of the aws/s3/backup/logging form");
        app->add_flag("--markdown", o->markdown, "As a reference table instead");
    }

    void add_s3() {
        auto* const s3 = root().add_subcommand("s3", "Work with plain objects");
        s3->require_subcommand(1);
        s3->fallthrough();
        {
            const auto [app, o] = command<S3LsOptions>(*s3, "ls", "List objects");
            app->add_option("URL", o->url.target, "s3://bucket/prefix or file:///path")->required();
            app->add_flag("-r,--recursive", o->recursive, "Below folders too");
            add_target(app, o->url);
        }
        {
            const auto [app, o] = command<S3CpOptions>(*s3, "cp", "Copy between this host and a store");
            app->add_option("FROM", o->from, "A path, a URL, or - for standard input")->required();
            app->add_option("TO", o->to, "A URL, a path, or - for standard output")->required();
            app->add_flag("-r,--recursive", o->recursive, "Folders and prefixes");
            app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
            app->add_option("--concurrency", o->concurrency, "Objects at once")->check(CLI::Range(1, 256));
            app->add_option("--content-type", o->content_type, "Of new objects");
            app->add_option("--metadata", o->metadata, "NAME=VALUE (repeatable)");
            app->add_option("--version-id", o->version_id, "Read this version; to its own key: restore it");
            app->add_option("--if-match", o->if_match, "Only if the object has this ETag");
            app->add_flag("--if-absent", o->if_absent, "Only if there is no such object yet");
            add_target(app, o->endpoint);
            add_new_objects(app, o->endpoint, "--tag");
        }
        {
            const auto [app, o] = command<S3RmOptions>(*s3, "rm", "Delete objects");
            app->add_option("URL", o->url.target, "s3://bucket/key; with --recursive a prefix")->required();
            app->add_flag("-r,--recursive", o->recursive, "Everything that begins with the prefix");
            app->add_option("--version-id", o->version_id, "Delete this version, for good");
            app->add_flag("--bypass-governance", o->bypass_governance, "Lift a governance retention");
            app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
            add_target(app, o->url);
        }
        {
            const auto [app, o] = command<S3ProbeOptions>(*s3, "probe", "Measure what a store can do");
            app->add_option("TARGET", o->target.target,
                            "s3://bucket/prefix, or a target's name (default: the only one)");
            app->add_option("--write", o->write, "Also write the measured profile to this file");
            app->add_flag("--no-save", o->no_save, "Do not use it for later runs");
            add_target(app, o->target);
        }
        add_s3_objects(*s3);
        add_s3_rules(*s3, "lifecycle", "Rules by which a bucket moves and deletes objects by itself");
        add_s3_rules(*s3, "cors", "Rules by which web pages may use a bucket");
        const auto [app, o] = command<S3PresignOptions>(*s3, "presign", "Make a URL that anyone can use for a while");
        app->add_option("URL", o->url.target, "s3://bucket/key")->required();
        app->add_option("--method", o->method, "GET, PUT, HEAD or DELETE")
            ->check(CLI::IsMember({"GET", "PUT", "HEAD", "DELETE"}));
        app->add_option("--expires", o->expires, "Such as 15m or 1h; at most 7d");
        add_target(app, o->url);
    }

    void add_s3_objects(CLI::App& s3) {
        constexpr const char* kVersion = "Of this version (default: the current one)";
        {
            const auto [app, o] = command<S3StatOptions>(s3, "stat", "All that the store says of an object");
            app->add_option("URL", o->url.target, "s3://bucket/key")->required();
            app->add_option("--version-id", o->version_id, kVersion);
            add_target(app, o->url);
        }
        {
            const auto [app, o] = command<S3TagOptions>(s3, "tag", "Show, set or remove tags");
            app->add_option("URL", o->url.target, "s3://bucket/key")->required();
            app->add_option("TAG", o->tags, "NAME=VALUE: replace all tags (none: show them)");
            app->add_flag("--remove", o->remove, "Remove all tags");
            app->add_option("--version-id", o->version_id, kVersion);
            add_target(app, o->url);
        }
        {
            const auto [app, o] = command<S3LockOptions>(s3, "lock", "Show or set what keeps an object from deletion");
            app->add_option("URL", o->url.target, "s3://bucket/key")->required();
            auto* const until = app->add_option("--until", o->until, "Retain until this time (RFC 3339)");
            app->add_option("--days", o->days, "Retain for so many days from now")
                ->check(CLI::Range(1, 36'500))
                ->excludes(until);
            app->add_option("--mode", o->mode, "governance or compliance")
                ->check(CLI::IsMember({"governance", "compliance"}));
            app->add_option("--legal-hold", o->legal_hold, "on or off")->check(CLI::IsMember({"on", "off"}));
            app->add_flag("--bypass-governance", o->bypass_governance, "Shorten a governance retention");
            app->add_option("--version-id", o->version_id, kVersion);
            add_target(app, o->url);
        }
        {
            const auto [app, o] = command<S3ThawOptions>(s3, "thaw", "Ask for an archived object");
            app->add_option("URL", o->url.target, "s3://bucket/key")->required();
            app->add_option("--days", o->days, "How long the copy stays (7)")->check(CLI::Range(1, 36'500));
            app->add_option("--tier", o->tier, "bulk, standard or expedited")
                ->check(CLI::IsMember({"bulk", "standard", "expedited"}));
            app->add_flag("--wait", o->wait, "Return when it can be read");
            app->add_option("--version-id", o->version_id, kVersion);
            add_target(app, o->url);
        }
        const auto [app, o] = command<S3VersionsOptions>(s3, "versions", "List versions and delete markers");
        app->add_option("URL", o->url.target, "s3://bucket/prefix")->required();
        add_target(app, o->url);
    }

    void add_s3_rules(CLI::App& s3, const std::string& kind, const std::string& help) {
        auto* const group = s3.add_subcommand(kind, help);
        group->require_subcommand(1);
        group->fallthrough();
        const auto add = [&](const std::string& action, const std::string& what) {
            const auto [app, o] = command<S3RulesOptions>(*group, action, what);
            o->kind = kind;
            o->action = action;
            app->add_option("TARGET", o->target.target, "s3://bucket or a target's name")->required();
            if (action == "apply") app->add_option("FILE", o->file, "Rules as YAML or JSON")->required();
            add_target(app, o->target);
        };
        add("show", "Print the rules, in the form that apply takes");
        add("apply", "Replace all rules by those of a file");
        add("clear", "Remove all rules");
    }

    void add_doctor() {
        auto* const doctor = root().add_subcommand("doctor", "Find out why something does not work");
        doctor->require_subcommand(0, 1);
        doctor->fallthrough();
        add_doctor_target(doctor);
        {
            const auto [app, o] =
                command<DoctorPolicyOptions>(*doctor, "policy", "The smallest IAM policy for a target, as JSON");
            app->add_option("TARGET", o->target.target, "A target's name or URL (default: the only one)");
            auto* const append =
                app->add_flag("--append-only", o->append_only, "Backing up and verifying, but no deleting");
            app->add_flag("--restore-only", o->restore_only, "Listing and reading")->excludes(append);
            app->add_option("--kms-key", o->kms_key, "ARN of the key that encrypts the objects");
            app->add_flag("--object-lock", o->object_lock, "Retention and legal holds too");
            app->add_flag("--tags", o->tags, "Object tags too");
            add_target(app, o->target);
        }
        const auto [app, o] = command<DoctorCredentialsOptions>(*doctor, "credentials",
                                                                "Who signs, until when, and why nobody else answered");
        app->add_option("TARGET", o->target.target, "A target's name or URL (default: without a target)");
        app->add_option("--profile", o->target.profile, "Profile of the shared AWS files");
    }

    void add_doctor_target(CLI::App* doctor) {
        auto options = std::make_shared<DoctorOptions>();
        doctor->add_option("TARGET", options->target.target, "A target's name or URL (default: the only one)");
        doctor->add_flag("--no-throughput", options->no_throughput, "Do not measure with 64 MiB up and down");
        add_target(doctor, options->target);
        doctor->callback([this, doctor, options] {
            // A subcommand has chosen already.
            if (!doctor->got_subcommand("credentials") && !doctor->got_subcommand("policy")) choose(*options);
        });
    }

    void add_debug() {
        auto* const debug = root().add_subcommand("debug", "Stable JSON hooks for tests");
        debug->require_subcommand(1);
        debug->fallthrough();
        {
            const auto [app, o] = command<DebugSignOptions>(*debug, "sign", "Sign a raw HTTP request");
            app->add_option("--request", o->request, "File with a raw HTTP/1.1 request")->required();
            app->add_option("--context", o->context, "JSON with credentials, region, service, time")->required();
            app->add_option("--mode", o->mode, "header or query")->check(CLI::IsMember({"header", "query"}));
        }
        {
            const auto [app, o] = command<DebugUrlOptions>(*debug, "s3-url", "Show the URL of an object");
            app->add_option("--bucket", o->bucket, "")->required();
            app->add_option("--key", o->key, "")->required();
            app->add_option("--region", o->region, "");
            app->add_option("--endpoint", o->endpoint, "");
            app->add_option("--style", o->style, "path or virtual")->check(CLI::IsMember({"path", "virtual"}));
        }
        {
            const auto [app, o] = command<DebugAwsConfigOptions>(*debug, "aws-config", "Show the merged AWS files");
            app->add_option("--profile", o->profile, "Only this profile");
        }
        {
            const auto [app, o] = command<DebugCredentialsOptions>(*debug, "credentials", "Show who would sign");
            app->add_option("--profile", o->profile, "");
            app->add_flag("--show-secrets", o->show_secrets, "");
        }
        {
            const auto [app, o] = command<DebugChunkOptions>(*debug, "chunk", "Show where a file is cut");
            app->add_option("--polynomial", o->polynomial, "Hexadecimal, as in a repository's config")->required();
            app->add_option("FILE", o->file, "")->required();
        }
        {
            const auto [app, o] = command<DebugMatchOptions>(*debug, "match", "Match an exclude pattern");
            app->add_option("PATTERN", o->pattern, "")->required();
            app->add_option("PATH", o->path, "")->required();
            app->add_flag("--ignore-case", o->ignore_case, "");
        }
        add_debug_cron(*debug);
        add_debug_retention(*debug);
    }

    void add_debug_cron(CLI::App& debug) {
        const auto [app, o] = command<DebugCronOptions>(debug, "cron", "When a cron expression is due");
        app->add_option("--expr", o->expression, "Five fields, or @daily and the like")->required();
        app->add_option("--tz", o->zone, "IANA time zone")->capture_default_str();
        app->add_option("--from", o->from, "RFC 3339 time after which to look (default: now)");
        app->add_option("--count", o->count, "How many times")->check(CLI::Range(1, 100'000))->capture_default_str();
    }

    void add_debug_retention(CLI::App& debug) {
        const auto [app, o] = command<DebugRetentionOptions>(debug, "retention", "Which snapshots a policy keeps");
        app->add_option("--snapshots", o->snapshots, "File with what `snapshots --json` prints")->required();
        add_keep(app, o->keep);
        app->add_option("--group-by,-g", o->group_by, "Apply the policy to each group: host,paths,tags or ''")
            ->capture_default_str();
    }
};

void collect_words(const CLI::App& app, const std::string& path, std::vector<CommandWords>& out) {
    CommandWords words{.path = path};
    for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (group->get_name().empty()) {  // An option group.
            for (const auto* option : group->get_options())
                words.options.push_back("--" + option->get_single_name());
        } else {
            words.subcommands.push_back(group->get_name());
        }
    }
    for (const auto* option : app.get_options()) {
        for (const auto& name : option->get_lnames())
            words.options.push_back("--" + name);
    }
    out.push_back(std::move(words));
    for (const CLI::App* child : app.get_subcommands([](const CLI::App* a) { return !a->get_name().empty(); })) {
        collect_words(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), out);
    }
}

}  // namespace

void Grammar::add_target(CLI::App* app, TargetOptions& target) {
    auto* const group = app->add_option_group("Storage");
    group->add_option("--endpoint", target.endpoint, "URL of an S3-compatible store, https://host[:port]");
    group->add_option("--region", target.region, "Region that requests are signed for");
    group->add_option("--profile", target.profile, "Profile of the shared AWS files");
    group->add_option("--provider", target.provider, "aws, ceph, minio, r2, b2, gcs, … (default: guessed)");
    group->add_option("--ca-bundle", target.ca_bundle, "PEM file of trusted authorities");
    group->add_option("--storage-class", target.storage_class, "Storage class of new objects");
    group->add_flag("--path-style", target.path_style, "Bucket in the path of URLs");
    group->add_flag("--virtual-host-style", target.virtual_host_style, "Bucket in the host name of URLs");
    group->add_flag("--allow-http", target.allow_http, "Allow http:// to other hosts than this one");
    group->add_option("--multipart-threshold", target.multipart_threshold, "Send larger files in parts (100MB)");
    group->add_option("--part-size", target.part_size, "Size of a part (50MB)");
    group->add_option("--part-concurrency", target.part_concurrency, "Parts of one file at once (4)");
    group->add_option("--sse-customer-key-file", target.sse_customer_key_file,
                      "File with the key of SSE-C: base64 of 32 bytes");
    group->add_flag("--requester-pays", target.requester_pays, "Pay for requests to somebody else's bucket");
    group->add_option("--proxy", target.proxy, "http://host:port (default: HTTPS_PROXY, NO_PROXY)");
    group->add_option("--limit-upload", target.limit_upload,
                      "KiB per second, or 10M, or a timetable: 08:00,2M 19:00,off");
    group->add_option("--limit-download", target.limit_download, "The same for what is received");
}

void Grammar::add_new_objects(CLI::App* app, TargetOptions& target, const std::string& tag) {
    auto* const group = app->add_option_group("New objects");
    group->add_option("--sse", target.sse, "Encryption at rest: none, AES256 or aws:kms")
        ->check(CLI::IsMember({"none", "AES256", "aws:kms"}));
    group->add_option("--sse-kms-key-id", target.sse_kms_key_id, "Key for aws:kms");
    group->add_option(tag, target.tags, "NAME=VALUE (repeatable)");
    group->add_option("--acl", target.acl, "Canned ACL, such as bucket-owner-full-control");
    group->add_option("--object-lock-mode", target.object_lock_mode, "governance or compliance")
        ->check(CLI::IsMember({"governance", "compliance"}));
    group->add_option("--object-lock-days", target.object_lock_days, "For so many days")->check(CLI::Range(1, 36'500));
    group->add_flag("--legal-hold", target.legal_hold, "Lock until the hold is taken off");
}

std::variant<ParsedCommand, ParseStop> parse_command_line(int argc, const char* const* argv) {
    WholeGrammar grammar;
    try {
        grammar.root().parse(argc, argv);
    } catch (const CLI::CallForVersion&) {
        return ParsedCommand{grammar.globals(), VersionOptions{}};
    } catch (const CLI::ParseError& stop) {
        std::ostringstream out;
        std::ostringstream err;
        const int status = grammar.root().exit(stop, out, err);
        return ParseStop{.exit_status = status == 0 ? 0 : 1, .text = out.str() + err.str()};
    }
    return ParsedCommand{grammar.globals(), *grammar.chosen()};
}

std::vector<CommandWords> command_words() {
    WholeGrammar grammar;
    std::vector<CommandWords> words;
    collect_words(grammar.root(), "", words);
    return words;
}

}  // namespace cofre::cli
