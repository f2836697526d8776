// cofre.yaml: state_dir, logging, catalog, targets, jobs.
#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "config/fields.h"
#include "config/read_form.h"
#include "config/target_url.h"

namespace cofre::config {
namespace {

constexpr std::size_t kMaxName = 64;

/// Names appear in object keys, file names and commands.
bool is_valid_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    return !name.empty() && name.size() <= kMaxName && name.front() != '.' && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), is_allowed);
}

/// The variables of the process are asked for each request by the chain of
/// credential providers; those of `.env` are not there, so they are taken here.
void take_credentials_from_dot_env(const Variables& variables, const SettingPath& path, SectionReader& reader,
                                   TargetConfig& target) {
    if (!target.access_key_id.empty() || !target.secret_access_key.empty() || target.profile) return;
    const auto take = [&](const char* variable, const char* key) -> std::string {
        const auto process_or_dot_env = variables.find(variable);
        if (!process_or_dot_env || process_or_dot_env->origin.kind != Origin::Kind::kDotEnv) return {};
        auto key_path = path;
        key_path.emplace_back(key);
        reader.set_origin(key_path, process_or_dot_env->origin);
        return process_or_dot_env->value;
    };
    if (variables.find("AWS_ACCESS_KEY_ID") == std::nullopt) {
        if (auto profile = take("AWS_PROFILE", "profile"); !profile.empty()) target.profile = std::move(profile);
        return;
    }
    target.access_key_id = take("AWS_ACCESS_KEY_ID", "access_key_id");
    if (target.access_key_id.empty()) return;
    target.secret_access_key = Secret(take("AWS_SECRET_ACCESS_KEY", "secret_access_key"));
    target.session_token = Secret(take("AWS_SESSION_TOKEN", "session_token"));
}

/// All rules of one target; `node` is absent for one that only a URL describes.
Status read_target(SectionReader& reader, const Variables& variables, const PathBase& base, const YamlNode* node,
                   TargetConfig& target) {
    const SettingPath path = {"targets", target.name};
    COFRE_TRY(reader.read(node, path, bind(target_fields(), target)));
    if (auto status = apply_target_url(target.url, base, target); !status) {
        return reader.error(key_of(path, "url"), status.error().message()).with_hint(status.error().hint());
    }
    if (target.kind != TargetKind::kS3) return {};
    take_credentials_from_dot_env(variables, path, reader, target);
    COFRE_TRY(check_credentials(
        target, {key_of(path, "access_key_id"), key_of(path, "secret_access_key"), key_of(path, "session_token")},
        reader));
    COFRE_TRY(check_role(target, path, reader));
    COFRE_TRY(check_limits(target, key_of(path, "limit_upload"), key_of(path, "limit_download"), reader));
    COFRE_TRY(check_object_settings(target, path, reader));
    drop_ignored_endpoint(variables, key_of(path, "endpoint"), reader, target);
    return check_endpoint(target, key_of(path, "endpoint"), reader);
}

class CofreFormReader {
public:
    explicit CofreFormReader(const FormInput& input) : input_(input), reader_(input.reader) {}

    Result<Config> read() {
        COFRE_TRY(read_top_level());
        COFRE_TRY(reader_.read(input_.root.find("logging"), {"logging"}, bind(logging_fields(), config_.logging)));
        COFRE_TRY(check_logging(config_.logging, reader_));
        COFRE_TRY(reader_.read(input_.root.find("catalog"), {"catalog"}, bind(catalog_fields(), config_.catalog)));
        COFRE_TRY(
            reader_.read(input_.root.find("scheduler"), {"scheduler"}, bind(scheduler_fields(), config_.scheduler)));
        COFRE_TRY(reader_.read(input_.root.find("server"), {"server"}, bind(server_fields(), config_.server)));
        COFRE_TRY(read_notifications());
        COFRE_TRY(read_targets());
        COFRE_TRY(read_databases());
        COFRE_TRY(read_jobs());
        COFRE_TRY(check_channel_jobs());
        append_settings();
        if (config_.jobs.empty()) config_.warnings.emplace_back(reader_.file() + " defines no jobs");
        return std::move(config_);
    }

private:
    Status read_top_level() {
        YamlNode rest;  // What is not a section of its own.
        rest.kind = YamlNode::Kind::kMap;
        for (const auto& entry : input_.root.entries) {
            constexpr std::array<std::string_view, 8> kNamed = {"logging",       "catalog", "scheduler", "server",
                                                                "notifications", "targets", "databases", "jobs"};
            const bool is_section = std::find(kNamed.begin(), kNamed.end(), entry.key) != kNamed.end();
            if (is_section || entry.key.starts_with("x-")) continue;
            if (entry.key != "state_dir") {
                return reader_.unknown_key(entry, {},
                                           {"state_dir", "logging", "catalog", "scheduler", "server", "notifications",
                                            "targets", "databases", "jobs"});
            }
            rest.entries.push_back(entry);
        }
        return read_state_dir(input_, &rest, config_);
    }

    /// Calls `read_one(name, node)` for each entry of a map of named things.
    template <typename ReadOne>
    Status for_each_named(const char* section, ReadOne read_one) {
        return for_each_in(input_.root.find(section), section, read_one);
    }
    template <typename ReadOne>
    Status for_each_in(const YamlNode* map, const char* section, ReadOne read_one) {
        if (!map || map->kind == YamlNode::Kind::kNull) return {};
        if (map->kind != YamlNode::Kind::kMap) {
            return error_at(reader_.file(), map->position, std::string("\"") + section + "\" must be a map of names")
                .with_hint(std::string(section) + ":\n  some-name:\n    ...");
        }
        for (const auto& entry : map->entries) {
            if (!is_valid_name(entry.key)) {
                return error_at(reader_.file(), entry.position,
                                "\"" + escape_for_display(entry.key) + "\" cannot be a name in " + section)
                    .with_hint(
                        "names have up to 64 letters, digits, '-', '_' and '.', and begin with a letter or digit");
            }
            COFRE_TRY(read_one(entry));
        }
        return {};
    }

    Status read_notifications() {
        const YamlNode* const node = input_.root.find("notifications");
        const SettingPath path = {"notifications"};
        if (node == nullptr || node->kind != YamlNode::Kind::kMap) {
            return reader_.read(node, path, bind(notification_fields(), config_.notifications));
        }
        YamlNode own = *node;  // Without the channels, which are sections.
        std::erase_if(own.entries, [](const YamlEntry& entry) { return entry.key == "channels"; });
        COFRE_TRY(reader_.read(&own, path, bind(notification_fields(), config_.notifications)));
        COFRE_TRY(check_notifications(config_.notifications, reader_));
        return for_each_in(node->find("channels"), "channels", [&](const YamlEntry& entry) -> Status {
            ChannelConfig channel;
            channel.name = entry.key;
            const SettingPath below = {"notifications", "channels", channel.name};
            COFRE_TRY(reader_.read(&entry.value, below, bind(channel_fields(), channel)));
            COFRE_TRY(check_notification_channel(channel, below, reader_));
            config_.notifications.channels.push_back(std::move(channel));
            return {};
        });
    }

    /// A channel for a job that does not exist would be silent for ever.
    Status check_channel_jobs() {
        std::vector<std::string> known;
        for (const auto& job : config_.jobs)
            known.push_back(job.name);
        for (const auto& channel : config_.notifications.channels) {
            for (const auto& name : channel.jobs) {
                if (config_.find_job(name) != nullptr) continue;
                return reader_.error(
                    {"notifications", "channels", channel.name, "jobs"},
                    "there is no job \"" + escape_for_display(name) + "\"" + did_you_mean(name, known));
            }
        }
        return {};
    }

    Status read_targets() {
        return for_each_named("targets", [&](const YamlEntry& entry) -> Status {
            TargetConfig target;
            target.name = entry.key;
            COFRE_TRY(read_target(reader_, input_.variables, input_.base, &entry.value, target));
            warn_about_useless_keys(entry, target);
            config_.targets.push_back(std::move(target));
            return {};
        });
    }

    void warn_about_useless_keys(const YamlEntry& entry, const TargetConfig& target) {
        if (target.kind == TargetKind::kS3) return;
        for (const auto& field : target_fields()) {
            if (field.info.rules.s3_only && entry.value.find(field.info.name)) {
                config_.warnings.push_back("targets." + target.name + "." + std::string(field.info.name) +
                                           " means nothing for a folder");
            }
        }
    }

    Status read_databases() {
        return for_each_named("databases", [&](const YamlEntry& entry) -> Status {
            DatabaseConfig database;
            database.name = entry.key;
            const SettingPath path = {"databases", database.name};
            COFRE_TRY(reader_.read(&entry.value, path, bind(database_fields(), database)));
            if (database.url.empty() == database.command.empty()) {
                return error_at(reader_.file(), entry.position,
                                "\"" + to_text(path) + "\" needs either a \"url\" or a \"command\"");
            }
            if (database.format != "plain" && database.format != "custom") {
                return reader_.error(key_of(path, "format"), "is neither plain nor custom");
            }
            config_.databases.push_back(std::move(database));
            return {};
        });
    }

    /// At least one thing to back up, and databases that exist.
    Status check_job_sources(const YamlEntry& entry, const JobConfig& job) {
        const SettingPath path = {"jobs", job.name};
        if (job.sources.empty() && job.databases.empty()) {
            return error_at(reader_.file(), entry.value.position,
                            "\"" + to_text(key_of(path, "sources")) + "\" is missing, and so is \"databases\"");
        }
        std::vector<std::string> known;
        for (const auto& database : config_.databases)
            known.push_back(database.name);
        const bool is_level = job.verify_after.empty() || job.verify_after == "list" || job.verify_after == "read" ||
                              job.verify_after == "semantic" || job.verify_after == "restore";
        if (!is_level) {
            return reader_.error(key_of(path, "verify_after"), "is not one of list, read, semantic, restore");
        }
        for (const auto& name : job.databases) {
            if (config_.find_database(name) != nullptr) continue;
            return reader_.error(key_of(path, "databases"), "there is no database \"" + escape_for_display(name) +
                                                                "\"" + did_you_mean(name, known));
        }
        return {};
    }

    Status read_jobs() {
        declared_targets_ = config_.targets.size();
        return for_each_named("jobs", [&](const YamlEntry& entry) -> Status {
            JobConfig job;
            job.name = entry.key;
            const SettingPath path = {"jobs", job.name};
            COFRE_TRY(reader_.read(&entry.value, path, bind(job_fields(), job)));
            COFRE_TRY(check_compression(job, key_of(path, "compression_level"), reader_));
            COFRE_TRY(check_job_sources(entry, job));
            COFRE_TRY(resolve_target(entry, job));
            warn_about_job(job, *config_.find_target(job.to), config_.warnings);
            config_.jobs.push_back(std::move(job));
            return {};
        });
    }

    Status resolve_target(const YamlEntry& entry, JobConfig& job) {
        const SettingPath path = {"jobs", job.name, "to"};
        std::vector<std::string> known;
        for (std::size_t i = 0; i < declared_targets_; ++i)
            known.push_back(config_.targets[i].name);
        if (job.to.empty()) {
            if (known.size() == 1) {
                job.to = known.front();
                return {};
            }
            return error_at(reader_.file(), entry.position, "\"" + to_text(path) + "\" is missing")
                .with_hint(known.empty() ? "write a target's URL there" : "name one of the targets there");
        }
        if (config_.find_target(job.to)) return {};
        if (!looks_like_place(job.to)) {
            if (reader_.is_foreign(path)) return reader_.error(path, "there is no target of that name");
            return reader_.error(
                path, "there is no target \"" + escape_for_display(job.to) + "\"" + did_you_mean(job.to, known));
        }
        auto target = read_bare_target(reader_, input_.variables, input_.base, job.to);
        if (!target) return reader_.error(path, target.error().message()).with_hint(target.error().hint());
        config_.targets.push_back(*std::move(target));
        return {};
    }

    void append_settings() {
        auto& out = config_.settings;
        reader_.append_settings({}, bind(root_fields(), config_), out);
        reader_.append_settings({"logging"}, bind(logging_fields(), config_.logging), out);
        reader_.append_settings({"catalog"}, bind(catalog_fields(), config_.catalog), out);
        reader_.append_settings({"scheduler"}, bind(scheduler_fields(), config_.scheduler), out);
        reader_.append_settings({"server"}, bind(server_fields(), config_.server), out);
        reader_.append_settings({"notifications"}, bind(notification_fields(), config_.notifications), out);
        for (auto& channel : config_.notifications.channels) {
            reader_.append_settings({"notifications", "channels", channel.name}, bind(channel_fields(), channel), out);
        }
        for (std::size_t i = 0; i < declared_targets_; ++i) {
            auto& target = config_.targets[i];
            auto fields = bind(target_fields(), target);
            const bool is_folder = target.kind == TargetKind::kFolder;
            std::erase_if(fields, [&](const auto& field) { return is_folder && field.info->rules.s3_only; });
            reader_.append_settings({"targets", target.name}, fields, out);
        }
        for (auto& database : config_.databases)
            reader_.append_settings({"databases", database.name}, bind(database_fields(), database), out);
        for (auto& job : config_.jobs)
            reader_.append_settings({"jobs", job.name}, bind(job_fields(), job), out);
    }

    const FormInput& input_;
    SectionReader& reader_;
    Config config_;
    std::size_t declared_targets_ = 0;
};

}  // namespace

Status read_state_dir(const FormInput& input, const YamlNode* top_level, Config& config) {
    COFRE_TRY(input.reader.read(top_level, {}, bind(root_fields(), config)));
    if (config.state_dir.empty()) config.state_dir = input.default_state_dir;
    return {};
}

Result<TargetConfig> read_bare_target(SectionReader& reader, const Variables& variables, const PathBase& base,
                                      std::string_view url) {
    TargetConfig target;
    target.name = url;
    target.url = url;
    // Counts as given, so that it is not reported as missing.
    reader.set_origin({"targets", target.name, "url"}, {Origin::Kind::kFile, reader.file(), 0, 0, {}});
    COFRE_TRY(apply_target_url(url, base, target));
    COFRE_TRY(read_target(reader, variables, base, nullptr, target));
    return target;
}

Result<Config> read_cofre_form(const FormInput& input) {
    return CofreFormReader(input).read();
}

}  // namespace cofre::config
