#include "daemon/catalog_place.h"

#include <utility>

#include "base/secret.h"

namespace cofre::daemon {

Result<db::SqlUrl> catalog_url(const config::Config& config) {
    if (config.catalog.url.empty()) {
        db::SqlUrl url;
        url.path = config.state_dir / "catalog.db";
        return url;
    }
    auto url = db::parse_sql_url(config.catalog.url);
    if (!url) return std::move(url).error().context("catalog.url");
    if (!config.catalog.password.empty()) url->password = config.catalog.password;
    return url;
}

Result<db::SqlUrl> catalog_url(const config::Config& config, const std::string& given) {
    if (given.empty()) return catalog_url(config);
    auto url = db::parse_sql_url(given);
    if (!url) return std::move(url).error().context("--catalog");
    if (url->password.empty()) url->password = config.catalog.password;
    return url;
}

std::string catalog_target(const config::TargetConfig& target) {
    if (target.kind == config::TargetKind::kFolder) return "file://" + target.folder.lexically_normal().native();
    std::string name = "s3://" + target.bucket + "/" + target.prefix;
    if (!target.endpoint.empty()) name += " at " + target.endpoint;
    return redact(name);
}

catalog::Proof catalog_proof(const backup::ProofRecord& record, const std::string& target) {
    const auto proven = std::chrono::floor<std::chrono::milliseconds>(record.proven_at);
    catalog::Proof proof;
    proof.job = record.job;
    proof.target = target;
    proof.snapshot_id = record.snapshot_id;
    proof.snapshot_time = record.snapshot_time;
    proof.grade = to_string(record.level);
    proof.good = record.is_good();
    proof.started_at = proven - record.elapsed;
    proof.elapsed = record.elapsed;
    proof.rpo_seconds = std::chrono::duration<double>(record.proven_at - record.snapshot_time).count();
    if (const auto restore = record.restore_time(); restore.count() > 0) {
        proof.rto_seconds = std::chrono::duration<double>(restore).count();
    }
    proof.files = record.files;
    proof.bytes = record.bytes;
    proof.problem_count = record.problem_count;
    proof.host = record.host;
    proof.details = backup::encode_proof(record);
    return proof;
}

}  // namespace cofre::daemon
