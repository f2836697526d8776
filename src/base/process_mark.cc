#include "base/process_mark.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <limits>
#include <optional>
#include <vector>

#include <sys/types.h>
#include <unistd.h>

#include "base/file.h"

namespace cofre {
namespace {

constexpr std::size_t kMaxProcText = 4096;
constexpr std::size_t kStateField = 0;       // Counted from behind the name: proc(5) has it as 3,
constexpr std::size_t kStartTimeField = 19;  // and this one as 22.

struct ProcessFacts {
    std::string start_time;
    bool is_zombie = false;
};

/// Nothing if there is no such process, or it must not be seen.
std::optional<ProcessFacts> facts_of(const std::string& pid) {
    const auto text = read_small_file("/proc/" + pid + "/stat", kMaxProcText);
    if (!text) return std::nullopt;
    // The name is the program's own: it may hold spaces and parentheses.
    auto at = text->rfind(')');
    if (at == std::string::npos) return std::nullopt;
    std::vector<std::string> fields;
    while ((at = text->find_first_not_of(" )\n", at)) != std::string::npos) {
        const auto end = text->find_first_of(" \n", at);
        fields.push_back(text->substr(at, end - at));
        at = end;
    }
    if (fields.size() <= kStartTimeField) return std::nullopt;
    const std::string& state = fields[kStateField];
    return ProcessFacts{fields[kStartTimeField], state == "Z" || state == "X"};
}

/// What all processes share that see the same numbers; empty: unknown.
std::string numbering() {
    std::error_code error;
    // A /proc from outside a container has other numbers than getpid().
    const auto self = std::filesystem::read_symlink("/proc/self", error);
    if (error || self.native() != std::to_string(::getpid())) return "";
    const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", error);
    auto boot = read_small_file("/proc/sys/kernel/random/boot_id", kMaxProcText);
    if (error || !boot) return "";
    boot->erase(boot->find_last_not_of('\n') + 1);
    return *boot + "/" + space.native() + "/";
}

}  // namespace

std::string process_mark() {
    const std::string base = numbering();
    const auto facts = facts_of("self");
    return base.empty() || !facts ? "" : base + facts->start_time;
}

bool has_process_ended(std::uint64_t pid, std::string_view mark) {
    if (pid == 0 || pid > static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max())) return false;
    const std::string base = numbering();
    if (base.empty() || !mark.starts_with(base)) return false;
    if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
    const auto facts = facts_of(std::to_string(pid));
    return facts && (facts->is_zombie || facts->start_time != mark.substr(base.size()));
}

bool is_process_running(std::uint64_t pid, std::string_view mark) {
    const std::string base = numbering();
    if (pid == 0 || base.empty() || !mark.starts_with(base)) return false;
    const auto facts = facts_of(std::to_string(pid));
    return facts && !facts->is_zombie && facts->start_time == mark.substr(base.size());
}

bool is_of_earlier_boot(std::string_view mark) {
    const std::string base = numbering();
    const auto boot = [](std::string_view text) { return text.substr(0, text.find('/')); };
    return !base.empty() && !mark.empty() && boot(mark) != boot(base);
}

}  // namespace cofre
