#include "backup/run_record.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "backup/run_lock.h"
#include "base/file.h"

namespace cofre::backup {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxRecordBytes = 1U << 20U;

std::filesystem::path record_path(const std::filesystem::path& state_folder, std::string_view job) {
    return state_folder / "runs" / (file_name_of_job(job) + ".json");
}

json encode(const RunRecord::Run& run) {
    return {{"started_at", format_rfc3339(run.started_at)},
            {"elapsed_ms", run.elapsed_ms},
            {"exit_status", run.exit_status},
            {"snapshot_id", run.snapshot_id},
            {"message", run.message},
            {"files", run.files},
            {"bytes", run.bytes},
            {"problems", run.problems}};
}

json encode(const RunRecord::Proof& proof) {
    return {{"proven_at", format_rfc3339(proof.proven_at)},
            {"level", proof.level},
            {"snapshot_id", proof.snapshot_id},
            {"good", proof.good},
            {"files", proof.files}};
}

RunRecord::Run decode_run(const json& in) {
    RunRecord::Run run;
    if (const auto time = parse_rfc3339(in.at("started_at").get<std::string>())) run.started_at = *time;
    in.at("elapsed_ms").get_to(run.elapsed_ms);
    in.at("exit_status").get_to(run.exit_status);
    in.at("snapshot_id").get_to(run.snapshot_id);
    in.at("message").get_to(run.message);
    in.at("files").get_to(run.files);
    in.at("bytes").get_to(run.bytes);
    in.at("problems").get_to(run.problems);
    return run;
}

RunRecord::Proof decode_proof(const json& in) {
    RunRecord::Proof proof;
    if (const auto time = parse_rfc3339(in.at("proven_at").get<std::string>())) proof.proven_at = *time;
    in.at("level").get_to(proof.level);
    in.at("snapshot_id").get_to(proof.snapshot_id);
    in.at("good").get_to(proof.good);
    in.at("files").get_to(proof.files);
    return proof;
}

}  // namespace

Result<RunRecord> load_run_record(const std::filesystem::path& state_folder, std::string_view job) {
    const auto path = record_path(state_folder, job);
    const auto text = read_small_file(path, kMaxRecordBytes);
    if (!text && text.error().code() == ErrorCode::kNotFound) return RunRecord();
    if (!text) return text.error();
    try {
        const json in = json::parse(*text);
        RunRecord record;
        if (in.contains("last_run")) record.last_run = decode_run(in["last_run"]);
        if (in.contains("last_good_run")) record.last_good_run = decode_run(in["last_good_run"]);
        if (in.contains("last_proof")) record.last_proof = decode_proof(in["last_proof"]);
        return record;
    } catch (const json::exception&) {
        return Error(ErrorCode::kCorruption, path.native() + ": not a run record")
            .with_hint("delete the file; the target still has every backup");
    }
}

Status save_run_record(const std::filesystem::path& state_folder, std::string_view job, const RunRecord& record) {
    json out = json::object();
    if (record.last_run) out["last_run"] = encode(*record.last_run);
    if (record.last_good_run) out["last_good_run"] = encode(*record.last_good_run);
    if (record.last_proof) out["last_proof"] = encode(*record.last_proof);
    const auto path = record_path(state_folder, job);
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed) return Error::from_errno(failed.value(), "create " + path.parent_path().native());
    return write_file_atomic(path, out.dump(2, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace) + "\n");
}

}  // namespace cofre::backup
