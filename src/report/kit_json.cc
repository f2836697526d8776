#include "report/kit_json.h"

#include <nlohmann/json.hpp>

#include "report/kit_commands.h"

namespace cofre::report {
namespace {

using KitJson = nlohmann::ordered_json;

constexpr const char* kFormatDocument = "https://restic.readthedocs.io/en/stable/100_references.html";

KitJson commands_json(const std::vector<KitCommand>& commands) {
    KitJson out = KitJson::object();
    for (const auto& command : commands)
        out[std::string(to_string(command.step))] = command.text;
    return out;
}

KitJson location_json(const KitLocation& place) {
    if (!place.is_s3) return {{"kind", "folder"}, {"folder", place.folder}};
    return {{"kind", "s3"},
            {"bucket", place.bucket},
            {"prefix", place.prefix},
            {"endpoint", place.endpoint},
            {"region", place.region},
            {"role_arn", place.role_arn},
            {"ca_bundle", place.ca_bundle},
            {"virtual_host_style", place.is_virtual_host},
            {"customer_key", place.has_customer_key}};
}

}  // namespace

std::string kit_json(const RecoveryKit& kit) {
    KitJson keys = KitJson::array();
    for (const auto& key : kit.keys) {
        keys.push_back({{"current", key.is_current},
                        {"id", key.id},
                        {"userName", key.user},
                        {"hostName", key.host},
                        {"created", key.created}});
    }
    const auto commands = kit_commands(kit.location);
    const KitJson out = {
        {"message_type", "recovery_kit"},
        {"made_at", kit.made_at},
        {"made_by", kit.made_by},
        {"program", kit.program},
        {"repository", kit.location.restic_name},
        {"id", kit.repository_id},
        {"fingerprint", kit.fingerprint()},
        {"format", {{"name", "restic"}, {"version", kit.format_version}, {"document", kFormatDocument}}},
        {"location", location_json(kit.location)},
        {"credentials", credential_variables(kit.location)},
        {"keys", std::move(keys)},
        {"commands",
         {{"exports", commands_json(commands.exports)},
          {"restic", commands_json(commands.restic)},
          {"cofre", commands_json(commands.cofre)}}}};
    return out.dump(-1, ' ', false, KitJson::error_handler_t::replace);
}

}  // namespace cofre::report
