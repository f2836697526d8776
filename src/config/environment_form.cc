#include "config/environment_form.h"

#include <map>
#include <utility>

#include "base/encoding.h"
#include "base/number.h"
#include "base/units.h"
#include "base/utf8.h"
#include "config/read_form.h"
#include "objects/object_naming.h"

namespace cofre::config {
namespace {

constexpr int kMaxRetentionDays = 36'500;
constexpr int kDefaultKeepGood = 3;

class EnvironmentForm {
public:
    EnvironmentForm(const Variables& variables, const TargetConfig& base) : variables_(variables) {
        config_.targets = {base};
        config_.databases.resize(1);
        config_.jobs.resize(1);
    }

    Result<Config> read() {
        // The dialect that names its storage, or else the one that names a bucket.
        const bool has_storage = has("STORAGE_TYPE");
        COFRE_TRY(read_database());
        COFRE_TRY(has_storage ? read_storage() : read_bucket());
        COFRE_TRY(read_job(has_storage));
        COFRE_TRY(read_logging());
        read_catalog();
        config_.path = "(environment)";
        config_.time_zone = get("TIMEZONE");
        return std::move(config_);
    }

private:
    std::string get(const char* name, const std::string& fallback = {}) const {
        const auto found = variables_.find(name);
        return found ? found->value : fallback;
    }
    std::string first(std::initializer_list<const char*> names) const {
        for (const char* name : names) {
            if (const auto found = variables_.find(name)) return found->value;
        }
        return {};
    }
    bool has(const char* name) const { return variables_.find(name).has_value(); }

    static Error wrong(const std::string& name, const std::string& cause) {
        return Error(ErrorCode::kInvalidArgument, "variable " + name + ": " + cause);
    }

    Result<std::string> required(std::initializer_list<const char*> names) const {
        auto value = first(names);
        if (!value.empty()) return value;
        return Error(ErrorCode::kInvalidArgument,
                     "variable " + std::string(*names.begin()) + " is not set, but DB_TYPE asks for a dump")
            .with_hint("set it, or write a cofre.yaml (`cofre config init`) and unset DB_TYPE");
    }

    Status read_database() {
        auto& database = config_.databases.front();
        database.name = "database";
        std::string engine = get("DB_TYPE");
        if (engine == "postgresql") engine = "postgres";
        if (engine == "sqlserver") engine = "mssql";
        const bool is_known = engine == "postgres" || engine == "mysql" || engine == "mariadb" || engine == "mssql" ||
                              engine == "mongodb" || engine == "redis" || engine == "sqlite";
        if (!is_known) {
            return wrong("DB_TYPE", "\"" + escape_for_display(engine) +
                                        "\" is not one of postgres, mysql, mariadb, mssql, mongodb, redis, sqlite");
        }
        const std::string name = get("DB_NAME");
        if (engine == "sqlite") {
            database.url = "sqlite://" + percent_encode(name, SlashRule::kKeep);
        } else {
            COFRE_ASSIGN(const auto host, required({"DB_HOST"}));
            database.url = engine + "://" + (has("DB_USER") ? percent_encode(get("DB_USER")) + "@" : "") +
                           (host.find(':') != std::string::npos ? "[" + host + "]" : percent_encode(host)) +
                           (has("DB_PORT") ? ":" + get("DB_PORT") : "") + "/" + percent_encode(name);
        }
        database.password = Secret(get("DB_PASSWORD"));
        database.options = get("DUMP_OPTIONS");
        database.server_folder = get("MSSQL_BACKUP_PATH");
        if (has("MSSQL_LOCAL_PATH")) database.local_folder = get("MSSQL_LOCAL_PATH");
        return {};
    }

    /// STORAGE_TYPE: r2, s3 or local.
    Status read_storage() {
        auto& target = config_.targets.front();
        const auto type = get("STORAGE_TYPE");
        const std::string folder = get("STORAGE_DESTINATION_FOLDER");
        if (type == "local") {
            COFRE_ASSIGN(const auto path, required({"STORAGE_LOCAL_PATH"}));
            use_folder(path, folder);
            return {};
        }
        if (type != "s3" && type != "r2") return wrong("STORAGE_TYPE", "is not one of s3, r2, local");
        COFRE_ASSIGN(const auto bucket, required({"STORAGE_BUCKET_NAME"}));
        use_bucket(bucket, folder);
        target.endpoint = get("STORAGE_ENDPOINT_URL", target.endpoint);
        target.region = type == "r2" ? "auto" : get("STORAGE_REGION", target.region);
        if (type == "r2" && target.endpoint.empty()) return required({"STORAGE_ENDPOINT_URL"}).error();
        if (type == "r2") target.provider = "r2";
        return read_keys({"STORAGE_ACCESS_KEY_ID"}, {"STORAGE_SECRET_ACCESS_KEY"});
    }

    /// S3_BUCKET and the AWS variables; STORAGE_BACKEND may say that it is S3.
    Status read_bucket() {
        auto& target = config_.targets.front();
        const auto backend = get("STORAGE_BACKEND", "s3");
        if (backend != "s3") {
            return Error(ErrorCode::kUnsupported,
                         "variable STORAGE_BACKEND: \"" + escape_for_display(backend) + "\" is not S3")
                .with_hint("Google's buckets are reached through their S3 endpoint with HMAC keys; Azure's are not");
        }
        COFRE_ASSIGN(const auto bucket, required({"S3_BUCKET", "S3_BUCKET_NAME"}));
        use_bucket(bucket, get("S3_PREFIX"));
        target.endpoint = first({"AWS_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
        target.region = first({"AWS_REGION", "AWS_DEFAULT_REGION"});
        target.storage_class = get("S3_STORAGE_CLASS");
        target.sse_kms_key_id = get("S3_SSE_KMS_KEY_ID");
        const auto sse = get("S3_SSE");
        if (sse == "AES256") target.sse = s3::ServerSideEncryption::kStoreKeys;
        if (sse == "aws:kms") target.sse = s3::ServerSideEncryption::kKms;
        // With a token file the usual chain assumes the role by itself.
        if (!has("AWS_WEB_IDENTITY_TOKEN_FILE")) target.role_arn = get("AWS_ROLE_ARN");
        return {};
    }

    Status read_keys(std::initializer_list<const char*> id, std::initializer_list<const char*> secret) {
        auto& target = config_.targets.front();
        target.access_key_id = first(id);
        target.secret_access_key = Secret(first(secret));
        if (target.access_key_id.empty() == target.secret_access_key.empty()) return {};
        return wrong(*id.begin(), std::string("and ") + *secret.begin() + " go together; only one is set");
    }

    static std::string with_slash(std::string prefix) {
        while (prefix.starts_with('/'))
            prefix.erase(0, 1);
        if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
        return prefix;
    }

    void use_bucket(const std::string& bucket, const std::string& prefix) {
        auto& target = config_.targets.front();
        target.kind = TargetKind::kS3;
        target.bucket = bucket;
        target.prefix = with_slash(prefix);
        target.url = "s3://" + bucket + "/" + target.prefix;
    }

    void use_folder(const std::string& path, const std::string& below) {
        auto& target = config_.targets.front();
        target.kind = TargetKind::kFolder;
        std::string inner = with_slash(below);
        if (!inner.empty()) inner.pop_back();
        target.folder = inner.empty() ? std::filesystem::path(path) : std::filesystem::path(path) / inner;
        target.url = "file://" + target.folder.native();
    }

    Status read_job(bool has_storage) {
        auto& target = config_.targets.front();
        target.name = "storage";
        target.layout = Layout::kObjects;
        auto& job = config_.jobs.front();
        // What is dumped is part of the name: several may share a bucket.
        job.name = job_name(has_storage);
        job.to = target.name;
        job.databases = {config_.databases.front().name};
        job.verify_after = "read";
        job.keep_min_good = kDefaultKeepGood;
        const auto format = get("COMPRESSION_TYPE", has_storage ? "none" : "gzip");
        const auto compression = objects::parse_compression(format);
        if (!compression) return wrong("COMPRESSION_TYPE", compression.error().message());
        job.compression = *compression;
        auto& database = config_.databases.front();
        database.object_name = object_name(has_storage, database.url);
        // As its predecessor called pg_dump; the name still ends in .sql.
        if (has_storage && database.url.starts_with("postgres:")) database.format = "custom";
        // `cofre serve` with this environment is the container's whole work: once at the start, then by the clock.
        if (has("CRON_SCHEDULE")) job.schedule = {get("CRON_SCHEDULE")};
        job.run_at_start = has_storage;
        if (!has("RETENTION_DAYS")) return {};
        const auto days = parse_number<int>(get("RETENTION_DAYS"));
        if (!days || *days < 0 || *days > kMaxRetentionDays) return wrong("RETENTION_DAYS", "is not a number of days");
        job.retention_days = *days;
        return {};
    }

    std::string job_name(bool has_storage) const {
        std::string name = "dump-" + get("DB_TYPE");
        const std::string periodicity = has_storage ? std::string() : get("PERIODICITY", "daily");
        for (const auto& part : {get("DB_HOST"), get("DB_PORT"), get("DB_NAME"), periodicity}) {
            if (!part.empty()) name += "-" + part;
        }
        return objects::job_in_key(name);
    }

    std::string object_name(bool has_storage, const std::string& url) const {
        if (has_storage) {
            const bool is_sql =
                url.starts_with("postgres:") || url.starts_with("mysql:") || url.starts_with("mariadb:");
            return std::string("%Y%m%d/backup_{database}_%Y%m%d_%H%M%S") + (is_sql ? ".sql" : "");
        }
        std::string periodicity;
        for (const char c : get("PERIODICITY", "daily"))
            periodicity += c == '%' ? std::string("%%") : c == '{' || c == '}' || c == '/' ? "_" : std::string(1, c);
        return periodicity + "/%Y/%m/%d/dump_%Y%m%d_%H%M%S";
    }

    void read_catalog() {
        config_.catalog.url = get("COFRE_CATALOG_URL");
        config_.catalog.password = Secret(get("COFRE_CATALOG_PASSWORD"));
    }

    Status read_logging() {
        COFRE_TRY(read_environment_logging(variables_, config_.logging));
        return add_environment_channels(variables_, config_.notifications);
    }

    const Variables& variables_;
    Config config_;
};

}  // namespace

bool has_environment_form(const Variables& variables) {
    return variables.find("DB_TYPE").has_value();
}

Result<Config> read_environment_form(const Variables& variables, const TargetConfig& base) {
    return EnvironmentForm(variables, base).read();
}

}  // namespace cofre::config
