#include "report/notice_desk.h"

#include <ctime>

#include "base/log.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

std::string memory_key(const std::string& job) {
    return "notify.job." + job;
}

std::chrono::minutes local_offset(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    const auto now = static_cast<std::time_t>(seconds);
    std::tm local{};
    if (::localtime_r(&now, &local) == nullptr) return std::chrono::minutes(0);
    return std::chrono::duration_cast<std::chrono::minutes>(std::chrono::seconds(local.tm_gmtoff));
}

}  // namespace

Result<JobMemory> NoticeDesk::memory(const CallContext& ctx, const std::string& job) {
    COFRE_ASSIGN(const auto text, catalog_.setting(ctx, memory_key(job)));
    if (!text) return JobMemory{};
    auto memory = decode_job_memory(*text);
    if (memory) return memory;
    // Worth a repeated notice, not a lost one.
    log_warning("report", memory.error().message() + ": " + job);
    return JobMemory{};
}

Status NoticeDesk::remember(const CallContext& ctx, const std::string& job, const JobMemory& memory) {
    return catalog_.set_setting(ctx, memory_key(job), encode_job_memory(memory), clock_.wall_now());
}

Result<std::size_t> NoticeDesk::tell(const CallContext& ctx, Notice event) {
    if (event.at == WallTime{}) event.at = clock_.wall_now();
    if (event.id.empty()) event.id = crypto::random_hex(16);
    event.error = cut_utf8(redact(event.error), Notice::kMaxError);
    event.hint = redact(event.hint);
    event.target = redact(event.target);
    COFRE_ASSIGN(const auto before, memory(ctx, event.job));
    auto outcome = decide(rules_, before, event, local_offset(event.at));
    std::size_t queued = 0;
    for (const auto& decision : outcome.decisions) {
        catalog::Notification note;
        note.channel = decision.channel;
        note.event = decision.is_for_digest ? std::string(kDigestItem) : std::string(to_string(decision.notice.kind));
        note.job = event.job;
        note.payload = encode_notice(decision.notice);
        note.dedup_key = decision.dedup_key;
        note.created_at = event.at;
        note.next_attempt_at = decision.at;
        COFRE_ASSIGN(const bool is_new, catalog_.notifications().enqueue(ctx, note));
        if (is_new) ++queued;
    }
    // Last: if we die before, the same event queues nothing twice.
    COFRE_TRY(remember(ctx, event.job, outcome.memory));
    return queued;
}

Status NoticeDesk::acknowledge(const CallContext& ctx, const std::string& job) {
    COFRE_ASSIGN(auto current, memory(ctx, job));
    current.is_acknowledged = true;
    return remember(ctx, job, current);
}

Result<bool> NoticeDesk::is_still_wanted(const CallContext& ctx, const Notice& notice) {
    if (!notice.is_escalation) return true;
    COFRE_ASSIGN(const auto current, memory(ctx, notice.job));
    return !current.is_acknowledged && current.failing_since == notice.failing_since;
}

}  // namespace cofre::report
