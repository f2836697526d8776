#include "report/notice_rules.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/utf8.h"

namespace cofre::report {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr int kDayMinutes = 24 * 60;
constexpr milliseconds kStandingReminder = hours(24);  // Of overdue backups and old proofs.

Error bad_time(std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text.substr(0, 64)) + "\" is not a time of day")
        .with_hint("write a time as 22:00, and quiet hours as 22:00-07:00");
}

/// Local minute of the day.
int minute_of_day(WallTime time, minutes utc_offset) {
    const auto local = std::chrono::floor<minutes>(time) + utc_offset;
    return static_cast<int>((local - std::chrono::floor<std::chrono::days>(local)).count());
}

/// The next time, after `time`, at which the local clock shows `minute`.
WallTime next_minute_of_day(WallTime time, int minute, minutes utc_offset) {
    const int now = minute_of_day(time, utc_offset);
    const int wait = (minute - now + kDayMinutes - 1) % kDayMinutes + 1;
    return std::chrono::floor<minutes>(time) + minutes(wait);
}

bool is_quiet(const QuietHours& quiet, int minute) {
    if (quiet.from < quiet.to) return minute >= quiet.from && minute < quiet.to;
    return minute >= quiet.from || minute < quiet.to;
}

bool is_good_news(NoticeKind kind) {
    return kind == NoticeKind::kSucceeded || kind == NoticeKind::kRecovered;
}

/// What the event makes of the job; `was_troubled` before it.
JobMemory after_event(JobMemory memory, const Notice& event) {
    switch (event.kind) {
        case NoticeKind::kFailed:
            ++memory.failures_in_row;
            if (!memory.failing_since) memory.failing_since = event.at;
            break;
        case NoticeKind::kOverdue:
            memory.is_overdue = true;
            if (!memory.failing_since) memory.failing_since = event.at;
            break;
        case NoticeKind::kSucceeded:
        case NoticeKind::kWarning:
        case NoticeKind::kRecovered:
            memory.failures_in_row = 0;
            memory.failing_since.reset();
            memory.last_success = event.at;
            memory.is_overdue = false;
            memory.is_acknowledged = false;
            break;
        case NoticeKind::kStarted:
        case NoticeKind::kProofTooOld:
        case NoticeKind::kDigest:
        case NoticeKind::kTest: break;
    }
    return memory;
}

class RuleDecider {
public:
    RuleDecider(const NoticeRules& rules, const JobMemory& before, const Notice& event, minutes utc_offset)
        : rules_(rules), before_(before), event_(event), utc_offset_(utc_offset), after_(after_event(before, event)) {}

    RuleOutcome run() {
        for (const auto& rule : rules_.channels)
            consider(rule);
        return {std::move(decisions_), std::move(after_)};
    }

private:
    bool was_troubled() const { return before_.failures_in_row > 0 || before_.is_overdue; }

    /// As what this channel hears of the event; nullopt: it does not.
    std::optional<NoticeKind> kind_for(const ChannelRule& rule) const {
        std::vector<NoticeKind> choices = {event_.kind};
        if (event_.kind == NoticeKind::kSucceeded && was_troubled()) {
            choices.insert(choices.begin(), NoticeKind::kRecovered);
        }
        if (event_.kind == NoticeKind::kWarning && was_troubled()) choices.push_back(NoticeKind::kRecovered);
        for (const NoticeKind kind : choices) {
            if (rule.events.count(kind) != 0 || rule.digest_events.count(kind) != 0) return kind;
        }
        return std::nullopt;
    }

    const JobMemory::Told* told(const ChannelRule& rule) const {
        const auto found = before_.told.find(rule.channel);
        return found == before_.told.end() ? nullptr : &found->second;
    }

    bool is_repetition(const ChannelRule& rule, NoticeKind kind) const {
        if (kind == NoticeKind::kStarted || kind == NoticeKind::kRecovered) return false;
        const bool is_standing = kind == NoticeKind::kOverdue || kind == NoticeKind::kProofTooOld;
        if (!rule.only_changes && !is_standing) return false;
        const auto* const last = told(rule);
        if (last == nullptr) return false;
        const bool is_same = last->kind == kind || (is_good_news(last->kind) && is_good_news(kind));
        if (!is_same) return false;
        const auto after = is_standing && rule.remind_after.count() == 0 ? kStandingReminder : rule.remind_after;
        return after.count() == 0 || event_.at - last->at < after;
    }

    /// When an escalation comes; nullopt: not because of this event.
    std::optional<WallTime> escalation_time(const ChannelRule& rule) const {
        if (after_.is_acknowledged) return std::nullopt;
        if (rule.escalate_after_failures > 0 && after_.failures_in_row >= rule.escalate_after_failures)
            return event_.at;
        if (rule.escalate_after.count() == 0) return std::nullopt;
        const WallTime since = after_.failing_since.value_or(event_.at);
        return std::max(event_.at, since + rule.escalate_after);
    }

    /// Who was not told of the trouble need not hear of its end.
    bool heard_of_trouble(const ChannelRule& rule) const {
        const auto* const last = told(rule);
        return last != nullptr && is_bad_news(last->kind) && last->at <= event_.at;
    }

    WallTime after_quiet_hours(const ChannelRule& rule, NoticeKind kind, WallTime at) const {
        const bool may_pass = !rule.has_quiet_hours || rules_.quiet_pass.count(kind) != 0;
        if (!rules_.quiet_hours || may_pass) return at;
        if (!is_quiet(*rules_.quiet_hours, minute_of_day(at, utc_offset_))) return at;
        return next_minute_of_day(at, rules_.quiet_hours->to, utc_offset_);
    }

    void consider(const ChannelRule& rule) {
        const bool is_mine =
            rule.jobs.empty() || std::find(rule.jobs.begin(), rule.jobs.end(), event_.job) != rule.jobs.end();
        const auto kind = is_mine ? kind_for(rule) : std::nullopt;
        if (!kind || is_repetition(rule, *kind)) return;
        NoticeDecision decision{
            .channel = rule.channel, .notice = event_, .at = event_.at, .is_for_digest = false, .dedup_key = {}};
        bool is_delayed_escalation = false;
        if (rule.is_escalation() && is_bad_news(*kind)) {
            const auto at = escalation_time(rule);
            if (!at) return;
            is_delayed_escalation = *at > event_.at;
            decision.at = *at;
            decision.notice.is_escalation = true;
        }
        if (rule.is_escalation() && !is_bad_news(*kind) && !heard_of_trouble(rule)) return;
        decision.notice.kind = *kind;
        const bool is_recovery = *kind == NoticeKind::kRecovered;
        decision.notice.failures_in_row = is_recovery ? before_.failures_in_row : after_.failures_in_row;
        decision.notice.failing_since = is_recovery ? before_.failing_since : after_.failing_since;
        decision.notice.last_success = is_good_news(*kind) ? before_.last_success : after_.last_success;
        decision.dedup_key = dedup_key(*kind, is_delayed_escalation);
        decision.is_for_digest = rule.digest_events.count(*kind) != 0;
        decision.at = decision.is_for_digest ? next_minute_of_day(event_.at, rules_.digest_at, utc_offset_)
                                             : after_quiet_hours(rule, *kind, decision.at);
        if (*kind != NoticeKind::kStarted) after_.told[rule.channel] = {*kind, std::max(decision.at, event_.at)};
        decisions_.push_back(std::move(decision));
    }

    std::string dedup_key(NoticeKind kind, bool is_delayed_escalation) const {
        // One for each trouble, however many runs fail while it waits.
        if (is_delayed_escalation) {
            return "escalation/" + event_.job + "/" + format_rfc3339(after_.failing_since.value_or(event_.at));
        }
        const std::string which = event_.run_id.empty() ? event_.job + "/" + format_rfc3339(event_.at) : event_.run_id;
        return std::string(to_string(kind)) + "/" + which;
    }

    const NoticeRules& rules_;
    const JobMemory& before_;
    const Notice& event_;
    minutes utc_offset_;
    JobMemory after_;
    std::vector<NoticeDecision> decisions_;
};

}  // namespace

Result<int> parse_time_of_day(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() - colon != 3) return bad_time(text);
    const auto hour = parse_number<int>(text.substr(0, colon));
    const auto minute = parse_number<int>(text.substr(colon + 1));
    if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) return bad_time(text);
    return *hour * 60 + *minute;
}

Result<QuietHours> parse_quiet_hours(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return bad_time(text);
    COFRE_ASSIGN(const int from, parse_time_of_day(text.substr(0, dash)));
    COFRE_ASSIGN(const int to, parse_time_of_day(text.substr(dash + 1)));
    if (from == to) return bad_time(text);
    return QuietHours{from, to};
}

RuleOutcome decide(const NoticeRules& rules, const JobMemory& memory, const Notice& event, minutes utc_offset) {
    return RuleDecider(rules, memory, event, utc_offset).run();
}

}  // namespace cofre::report
