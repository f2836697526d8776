// JobMemory as JSON, which the catalog keeps.
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "report/notice_rules.h"

namespace cofre::report {
namespace {

using MemoryJson = nlohmann::ordered_json;

Error bad_memory() {
    return {ErrorCode::kCorruption, "what the catalog remembers of a job's notifications cannot be read"};
}

Status read_memory_time(const MemoryJson& root, const char* name, std::optional<WallTime>& out) {
    const auto found = root.find(name);
    if (found == root.end()) return {};
    if (!found->is_string()) return bad_memory();
    COFRE_ASSIGN(out, parse_rfc3339(found->get<std::string>()));
    return {};
}

}  // namespace

std::string encode_job_memory(const JobMemory& memory) {
    MemoryJson out = {{"failures_in_row", memory.failures_in_row},
                      {"overdue", memory.is_overdue},
                      {"acknowledged", memory.is_acknowledged},
                      {"told", MemoryJson::object()}};
    if (memory.failing_since) out["failing_since"] = format_rfc3339(*memory.failing_since);
    if (memory.last_success) out["last_success"] = format_rfc3339(*memory.last_success);
    for (const auto& [channel, told] : memory.told)
        out["told"][channel] = {{"event", to_string(told.kind)}, {"at", format_rfc3339(told.at)}};
    return out.dump(-1, ' ', false, MemoryJson::error_handler_t::replace);
}

Result<JobMemory> decode_job_memory(std::string_view json) {
    const auto root = MemoryJson::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!root.is_object()) return bad_memory();
    JobMemory memory;
    const auto count = root.find("failures_in_row");
    if (count == root.end() || !count->is_number_unsigned()) return bad_memory();
    memory.failures_in_row = count->get<std::uint64_t>();
    for (const auto& [name, flag] :
         {std::pair{"overdue", &memory.is_overdue}, std::pair{"acknowledged", &memory.is_acknowledged}}) {
        const auto found = root.find(name);
        if (found == root.end() || !found->is_boolean()) return bad_memory();
        *flag = found->get<bool>();
    }
    COFRE_TRY(read_memory_time(root, "failing_since", memory.failing_since));
    COFRE_TRY(read_memory_time(root, "last_success", memory.last_success));
    const auto told = root.find("told");
    if (told == root.end() || !told->is_object()) return bad_memory();
    for (const auto& [channel, item] : told->items()) {
        std::optional<WallTime> at;
        if (!item.is_object() || !item.contains("event") || !item["event"].is_string()) return bad_memory();
        COFRE_TRY(read_memory_time(item, "at", at));
        COFRE_ASSIGN(const auto kind, parse_notice_kind(item["event"].get<std::string>()));
        if (!at) return bad_memory();
        memory.told[channel] = {kind, *at};
    }
    return memory;
}

}  // namespace cofre::report
