#include "repo/repo_config.h"

#include <array>

#include <nlohmann/json.hpp>

#include "crypto/random.h"
#include "repo/chunker.h"

namespace cofre::repo {
namespace {

constexpr std::uint32_t kOldestVersion = 1;
constexpr std::uint32_t kNewestVersion = 2;

}  // namespace

Result<RepoConfig> parse_repo_config(std::string_view json) {
    RepoConfig config;
    std::string id;
    std::string polynomial;
    try {
        const auto in = nlohmann::json::parse(json);
        config.version = in.at("version").get<std::uint32_t>();
        id = in.at("id").get<std::string>();
        polynomial = in.at("chunker_polynomial").get<std::string>();
    } catch (const nlohmann::json::exception& e) {
        return Error(ErrorCode::kCorruption, std::string("repository config: ") + e.what());
    }
    if (config.version < kOldestVersion || config.version > kNewestVersion) {
        return Error(ErrorCode::kUnsupported,
                     "repository config: version " + std::to_string(config.version) + " of the format is not known")
            .with_hint("a newer cofre may know it");
    }
    if (!Id::parse_into(id, config.id)) return Error(ErrorCode::kCorruption, "repository config: the id is malformed");
    const auto parsed = Polynomial::parse(polynomial);
    if (!parsed || !parsed->is_irreducible() || parsed->degree() < kMinChunkDegree ||
        parsed->degree() > kMaxChunkDegree) {
        return Error(ErrorCode::kCorruption, "repository config: the chunker's polynomial is not irreducible");
    }
    config.chunker_polynomial = *parsed;
    return config;
}

std::string encode_repo_config(const RepoConfig& config) {
    const nlohmann::ordered_json out = {
        {"version", config.version}, {"id", config.id.hex()}, {"chunker_polynomial", config.chunker_polynomial.hex()}};
    return out.dump();
}

RepoConfig new_repo_config(std::uint32_t version) {
    std::array<std::byte, Id::kSize> id{};
    crypto::random_bytes(id);
    return {.version = version, .id = Id(id), .chunker_polynomial = Polynomial::random()};
}

}  // namespace cofre::repo
