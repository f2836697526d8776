#include "backup/proof_record.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "base/utf8.h"

namespace cofre::backup {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kProofFolder = ".cofre/proofs/";
constexpr std::uint64_t kMaxProofBytes = std::uint64_t{16} << 20U;
constexpr std::size_t kIdInName = 16;

Json encode_dump_proof(const DumpProof& dump) {
    return {{"place", escape_for_display(dump.place)},
            {"engine", to_string(dump.engine)},
            {"server_version", dump.server_version},
            {"proven_with", dump.proven_with},
            {"good", dump.is_good()},
            {"files", dump.files},
            {"bytes", dump.bytes},
            {"tables", dump.tables},
            {"rows", dump.rows},
            {"samples", dump.samples},
            {"assertions", dump.assertions},
            {"paths", dump.paths},
            {"parse_ms", dump.parse_time.count()},
            {"restore_ms", dump.restore_time.count()},
            {"not_restored", dump.not_restored},
            {"problems", dump.problems}};
}

/// Of a document that anybody may have written. Throws what nlohmann does.
DumpProof decode_dump_proof(const Json& in) {
    DumpProof dump;
    in.at("place").get_to(dump.place);
    if (const auto engine = dump::parse_engine(in.at("engine").get<std::string>())) dump.engine = *engine;
    in.at("server_version").get_to(dump.server_version);
    in.at("proven_with").get_to(dump.proven_with);
    in.at("files").get_to(dump.files);
    in.at("bytes").get_to(dump.bytes);
    in.at("tables").get_to(dump.tables);
    in.at("rows").get_to(dump.rows);
    in.at("samples").get_to(dump.samples);
    in.at("assertions").get_to(dump.assertions);
    dump.paths = in.value("paths", std::uint64_t{0});
    dump.parse_time = std::chrono::milliseconds(in.at("parse_ms").get<std::int64_t>());
    dump.restore_time = std::chrono::milliseconds(in.at("restore_ms").get<std::int64_t>());
    dump.not_restored = in.value("not_restored", std::string());
    in.at("problems").get_to(dump.problems);
    return dump;
}

WallTime time_at(const Json& in, const char* name) {
    const auto time = parse_rfc3339(in.at(name).get<std::string>());
    return time ? *time : WallTime{};
}

ProofRecord decode_fields(const Json& in) {
    ProofRecord proof;
    in.at("host").get_to(proof.host);
    in.at("tool_version").get_to(proof.tool_version);
    in.at("snapshot_id").get_to(proof.snapshot_id);
    in.at("job").get_to(proof.job);
    proof.snapshot_time = time_at(in, "snapshot_time");
    proof.proven_at = time_at(in, "proven_at");
    proof.elapsed = std::chrono::milliseconds(in.at("elapsed_ms").get<std::int64_t>());
    if (const auto level = parse_verify_level(in.at("level").get<std::string>())) proof.level = *level;
    in.at("files").get_to(proof.files);
    in.at("bytes").get_to(proof.bytes);
    in.at("problem_count").get_to(proof.problem_count);
    in.at("problems").get_to(proof.problems);
    for (const auto& dump : in.at("dumps"))
        proof.dumps.push_back(decode_dump_proof(dump));
    if (const auto drill = in.find("drill"); drill != in.end() && drill->is_object()) {
        proof.drill =
            RestoreDrill{.files = drill->at("files").get<std::uint64_t>(),
                         .bytes = drill->at("bytes").get<std::uint64_t>(),
                         .restore_time = std::chrono::milliseconds(drill->at("restore_ms").get<std::int64_t>())};
    }
    return proof;
}

}  // namespace

std::chrono::milliseconds ProofRecord::restore_time() const {
    std::chrono::milliseconds sum{0};
    for (const auto& dump : dumps)
        sum += dump.restore_time;
    return drill ? sum + drill->restore_time : sum;
}

ProofRecord proof_of(const VerifyOutcome& outcome, std::string host, std::string tool_version) {
    ProofRecord proof{.host = std::move(host),
                      .tool_version = std::move(tool_version),
                      .snapshot_id = outcome.snapshot.id,
                      .job = outcome.snapshot.job,
                      .snapshot_time = std::max(outcome.snapshot.started_at, outcome.snapshot.finished_at),
                      .proven_at = outcome.proven_at,
                      .elapsed = outcome.elapsed,
                      .level = outcome.level,
                      .files = outcome.files,
                      .bytes = outcome.bytes,
                      .problem_count = outcome.problem_count,
                      .problems = {},
                      .dumps = outcome.dumps,
                      .drill = outcome.drill};
    for (auto& dump : proof.dumps) {
        for (auto& problem : dump.problems)
            problem = redact(problem);
    }
    for (const auto& problem : outcome.problems) {
        if (proof.problems.size() == ProofRecord::kMaxProblems) break;
        proof.problems.push_back(redact(escape_for_display(problem.path) + ": " + problem.message));
    }
    return proof;
}

std::string encode_proof(const ProofRecord& proof) {
    Json out = {{"cofre_proof", ProofRecord::kVersion},
                {"snapshot_id", proof.snapshot_id},
                {"job", proof.job},
                {"snapshot_time", format_rfc3339(proof.snapshot_time)},
                {"proven_at", format_rfc3339(proof.proven_at)},
                {"elapsed_ms", proof.elapsed.count()},
                {"level", to_string(proof.level)},
                {"good", proof.is_good()},
                {"host", proof.host},
                {"tool_version", proof.tool_version},
                {"files", proof.files},
                {"bytes", proof.bytes},
                {"problem_count", proof.problem_count},
                {"problems", proof.problems},
                {"dumps", Json::array()}};
    for (const auto& dump : proof.dumps)
        out["dumps"].push_back(encode_dump_proof(dump));
    if (proof.drill) {
        out["drill"] = {{"files", proof.drill->files},
                        {"bytes", proof.drill->bytes},
                        {"restore_ms", proof.drill->restore_time.count()}};
    }
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ProofRecord> decode_proof(std::string_view json) {
    try {
        const auto in = Json::parse(json);
        if (in.at("cofre_proof").get<int>() > ProofRecord::kVersion) {
            return Error(ErrorCode::kUnsupported, "a proof of a newer version");
        }
        return decode_fields(in);
    } catch (const nlohmann::json::exception&) {
        return Error(ErrorCode::kCorruption, "not a proof");
    }
}

Result<std::string> save_proof(const CallContext& ctx, store::ObjectStore& store, const std::string& prefix,
                               const ProofRecord& proof) {
    const auto text = encode_proof(proof);
    COFRE_ASSIGN(const auto key,
                 store::ObjectKey::parse(prefix + std::string(kProofFolder) + format_basic(proof.proven_at) + "-" +
                                         proof.snapshot_id.substr(0, kIdInName) + ".json"));
    COFRE_TRY(store.put(ctx, key, SpanSource(text), {.if_absent = true, .content_type = "application/json"}));
    return key.str();
}

Result<std::vector<ProofRecord>> load_proofs(const CallContext& ctx, store::ObjectStore& store,
                                             const std::string& prefix, std::vector<std::string>& unreadable) {
    std::vector<store::ObjectKey> keys;
    COFRE_TRY(
        store.list(ctx, {.prefix = prefix + std::string(kProofFolder)}, [&](const store::ObjectInfo& info) -> Status {
            if (info.key.str().ends_with(".json")) keys.push_back(info.key);
            return {};
        }));
    std::vector<ProofRecord> proofs;
    for (const auto& key : keys) {
        COFRE_ASSIGN(const auto text, store::get_small(store, ctx, key, kMaxProofBytes));
        auto proof = decode_proof(text);
        if (proof) {
            proofs.push_back(*std::move(proof));
        } else {
            unreadable.push_back(key.str() + ": " + proof.error().message());
        }
    }
    return proofs;
}

}  // namespace cofre::backup
