#include "s3/measured_profile.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "net/url.h"

namespace cofre::s3 {
namespace {

using ProfileJson = nlohmann::ordered_json;

constexpr int kProfileFormat = 1;
constexpr std::size_t kMaxProfileFile = 64_KiB;
constexpr int kAnyMaxParts = 10'000;
constexpr std::uint64_t kAnyMinPart = 5_GiB;

Error not_a_profile(std::string_view what) {
    return Error(ErrorCode::kCorruption, "not a profile of a store: " + std::string(what))
        .with_hint("measure it again with `cofre s3 probe`, or delete the file");
}

struct Flag {
    const char* name;
    bool ProviderProfile::*member;
};
constexpr std::array kFlags = {
    Flag{"list_url_encoding", &ProviderProfile::list_url_encoding},
    Flag{"sends_checksum", &ProviderProfile::sends_checksum},
    Flag{"verifies_payload", &ProviderProfile::verifies_payload},
    Flag{"conditional_put", &ProviderProfile::conditional_put},
    Flag{"equal_parts", &ProviderProfile::equal_parts},
    Flag{"copies_parts", &ProviderProfile::copies_parts},
    Flag{"bare_if_match", &ProviderProfile::bare_if_match},
};

Status read_profile(const ProfileJson& json, ProviderProfile& profile) {
    const std::string addressing = json.at("addressing");
    if (addressing != "path" && addressing != "virtual") return not_a_profile("addressing is \"" + addressing + "\"");
    profile.addressing = addressing == "path" ? AddressingStyle::kPath : AddressingStyle::kVirtualHost;
    profile.list_version = json.at("list_version");
    if (profile.list_version != 1 && profile.list_version != 2) return not_a_profile("list_version is not 1 or 2");
    for (const auto& [name, member] : kFlags)
        profile.*member = json.at(name).get<bool>();
    profile.max_parts = json.at("max_parts");
    profile.min_part_size = json.at("min_part_size");
    if (profile.max_parts < 2 || profile.max_parts > kAnyMaxParts) return not_a_profile("max_parts is out of range");
    if (profile.min_part_size > kAnyMinPart) return not_a_profile("min_part_size is out of range");
    return {};
}

Result<MeasuredProfile> read_measured(const ProfileJson& json) {
    const int format = json.at("cofre_store_profile");
    if (format > kProfileFormat) {
        return Error(ErrorCode::kUnsupported,
                     "the profile has version " + std::to_string(format) + ", which a later version of cofre wrote");
    }
    MeasuredProfile measured;
    measured.endpoint = json.at("endpoint");
    COFRE_ASSIGN(measured.measured_at, parse_rfc3339(json.at("measured_at").get<std::string>()));
    measured.closest_row = json.at("closest_row");
    const auto* const row = find_provider(measured.closest_row);
    if (row == nullptr) return not_a_profile("no row is called \"" + measured.closest_row + "\"");
    measured.profile = *row;
    measured.profile.name = kMeasuredName;
    COFRE_TRY(read_profile(json.at("profile"), measured.profile));
    return measured;
}

}  // namespace

std::string encode_measured(const MeasuredProfile& measured) {
    const auto& profile = measured.profile;
    ProfileJson values = {{"addressing", profile.addressing == AddressingStyle::kPath ? "path" : "virtual"},
                          {"list_version", profile.list_version}};
    for (const auto& [name, member] : kFlags)
        values[name] = profile.*member;
    values["max_parts"] = profile.max_parts;
    values["min_part_size"] = profile.min_part_size;
    const ProfileJson out = {{"cofre_store_profile", kProfileFormat},
                             {"endpoint", measured.endpoint},
                             {"measured_at", format_rfc3339(measured.measured_at)},
                             {"closest_row", measured.closest_row},
                             {"profile", std::move(values)}};
    return out.dump(2, ' ', false, ProfileJson::error_handler_t::replace) + "\n";
}

Result<MeasuredProfile> parse_measured(std::string_view json) {
    try {
        return read_measured(ProfileJson::parse(json));
    } catch (const ProfileJson::exception& error) {
        return not_a_profile(error.what());
    }
}

std::filesystem::path measured_profile_path(const std::filesystem::path& state_folder, std::string_view endpoint) {
    std::string name = "amazonaws.com";
    if (const auto url = net::parse_url(endpoint)) name = url->authority() + (url->path == "/" ? "" : url->path);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ':' || c == '/' || c == '%'; }, '_');
    return state_folder / "profiles" / (name + ".json");
}

Result<MeasuredProfile> load_measured(const std::filesystem::path& file) {
    COFRE_ASSIGN(const std::string text, read_small_file(file, kMaxProfileFile));
    auto measured = parse_measured(text);
    if (!measured) return std::move(measured).error().context(file.native());
    return measured;
}

Status save_measured(const std::filesystem::path& file, const MeasuredProfile& measured) {
    std::error_code failed;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
    if (failed) return Error::from_errno(failed.value(), "create " + file.parent_path().native());
    return write_file_atomic(file, encode_measured(measured), 0644);
}

}  // namespace cofre::s3
