#include "report/notice.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using NoticeJson = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr int kNoticeVersion = 1;

constexpr std::array kNoticeNames = {
    std::pair{NoticeKind::kStarted, std::string_view("started")},
    std::pair{NoticeKind::kSucceeded, std::string_view("succeeded")},
    std::pair{NoticeKind::kWarning, std::string_view("warning")},
    std::pair{NoticeKind::kFailed, std::string_view("failed")},
    std::pair{NoticeKind::kRecovered, std::string_view("recovered")},
    std::pair{NoticeKind::kOverdue, std::string_view("overdue")},
    std::pair{NoticeKind::kProofTooOld, std::string_view("proof_too_old")},
    std::pair{NoticeKind::kDigest, std::string_view("digest")},
    std::pair{NoticeKind::kTest, std::string_view("test")},
};
constexpr std::array kMoreNoticeNames = {
    std::pair{NoticeKind::kStarted, std::string_view("start")},
    std::pair{NoticeKind::kSucceeded, std::string_view("success")},
    std::pair{NoticeKind::kFailed, std::string_view("failure")},
};

std::string utf8_of(const std::string& text) {
    return is_utf8(text) ? text : escape_for_display(text);
}

void put_text(NoticeJson& out, const char* name, const std::string& text) {
    if (!text.empty()) out[name] = utf8_of(text);
}
void put_count(NoticeJson& out, const char* name, std::uint64_t count) {
    if (count > 0) out[name] = count;
}
void put_time(NoticeJson& out, const char* name, const std::optional<WallTime>& time) {
    if (time) out[name] = format_rfc3339(*time);
}

/// Members of one JSON object; the first that is of another type is remembered.
class NoticeMembers {
public:
    explicit NoticeMembers(const NoticeJson& json) : json_(json) {}

    std::string text(const char* name) {
        const auto* const value = find(name);
        if (value == nullptr) return {};
        if (value->is_string()) return value->get<std::string>();
        return wrong<std::string>(name);
    }
    std::uint64_t count(const char* name) {
        const auto* const value = find(name);
        if (value == nullptr) return 0;
        if (value->is_number_unsigned()) return value->get<std::uint64_t>();
        return wrong<std::uint64_t>(name);
    }
    milliseconds duration(const char* name) {
        constexpr std::uint64_t kMost = 1ULL << 53U;
        return milliseconds(static_cast<std::int64_t>(std::min(count(name), kMost)));
    }
    std::optional<WallTime> time(const char* name) {
        const std::string written = text(name);
        if (written.empty()) return std::nullopt;
        const auto time = parse_rfc3339(written);
        if (time) return *time;
        return wrong<std::optional<WallTime>>(name);
    }
    bool flag(const char* name) {
        const auto* const value = find(name);
        if (value == nullptr) return false;
        if (value->is_boolean()) return value->get<bool>();
        return wrong<bool>(name);
    }
    NoticeKind kind(const char* name) {
        const auto kind = parse_notice_kind(text(name));
        if (kind) return *kind;
        return wrong<NoticeKind>(name);
    }
    const NoticeJson* find(const char* name) const {
        const auto found = json_.find(name);
        return found == json_.end() ? nullptr : &*found;
    }
    const std::string& problem() const { return problem_; }

private:
    template <typename T>
    T wrong(const char* name) {
        if (problem_.empty()) problem_ = name;
        return {};
    }

    const NoticeJson& json_;
    std::string problem_;
};

Error not_a_notice(const std::string& cause) {
    return {ErrorCode::kCorruption, "notification: " + cause};
}

Status read_digest(const NoticeJson* list, Notice& notice) {
    if (list == nullptr) return {};
    if (!list->is_array()) return not_a_notice("\"digest\" is not a list");
    for (const auto& item : *list) {
        if (!item.is_object() || notice.digest.size() >= Notice::kMaxDigest) return not_a_notice("\"digest\" is odd");
        NoticeMembers members(item);
        DigestLine line;
        line.job = members.text("job");
        line.kind = members.kind("event");
        line.at = members.time("at").value_or(WallTime{});
        line.bytes = members.count("bytes");
        line.error = members.text("error");
        if (!members.problem().empty()) return not_a_notice("\"digest\": \"" + members.problem() + "\" is wrong");
        notice.digest.push_back(std::move(line));
    }
    return {};
}

}  // namespace

std::string_view to_string(NoticeKind kind) {
    return kNoticeNames.at(static_cast<std::size_t>(kind)).second;
}

Result<NoticeKind> parse_notice_kind(std::string_view text) {
    std::vector<std::string> known;
    for (const auto& [kind, name] : kNoticeNames) {
        if (name == text) return kind;
        known.emplace_back(name);
    }
    for (const auto& [kind, name] : kMoreNoticeNames) {
        if (name == text) return kind;
    }
    return Error(ErrorCode::kInvalidArgument,
                 "\"" + escape_for_display(text.substr(0, 64)) + "\" is not an event" + did_you_mean(text, known))
        .with_hint("use started, succeeded, warning, failed, recovered, overdue, proof_too_old or digest");
}

bool is_bad_news(NoticeKind kind) {
    return kind == NoticeKind::kFailed || kind == NoticeKind::kOverdue || kind == NoticeKind::kProofTooOld;
}

std::string encode_notice(const Notice& notice) {
    NoticeJson out = {{"version", kNoticeVersion}, {"event", to_string(notice.kind)}};
    put_text(out, "id", notice.id);
    put_text(out, "job", notice.job);
    put_text(out, "run_id", notice.run_id);
    put_text(out, "host", notice.host);
    put_text(out, "target", notice.target);
    out["at"] = format_rfc3339(notice.at);
    put_time(out, "started_at", notice.started_at);
    put_count(out, "elapsed_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(notice.elapsed.count(), 0)));
    put_count(out, "files", notice.files);
    put_count(out, "bytes_read", notice.bytes_read);
    put_count(out, "bytes_stored", notice.bytes_stored);
    put_count(out, "warning_count", notice.warning_count);
    put_text(out, "snapshot_id", notice.snapshot_id);
    put_text(out, "error", cut_utf8(notice.error, Notice::kMaxError));
    put_text(out, "hint", notice.hint);
    put_count(out, "failures_in_row", notice.failures_in_row);
    put_time(out, "failing_since", notice.failing_since);
    put_time(out, "last_success", notice.last_success);
    put_text(out, "proof_grade", notice.proof_grade);
    put_time(out, "proven_at", notice.proven_at);
    put_count(out, "promised_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(notice.promised.count(), 0)));
    put_text(out, "url", notice.url);
    if (notice.is_escalation) out["escalation"] = true;
    for (const auto& line : notice.digest) {
        NoticeJson item = {
            {"job", utf8_of(line.job)}, {"event", to_string(line.kind)}, {"at", format_rfc3339(line.at)}};
        put_count(item, "bytes", line.bytes);
        put_text(item, "error", line.error);
        out["digest"].push_back(std::move(item));
    }
    put_count(out, "digest_left_out", notice.digest_left_out);
    return out.dump(-1, ' ', false, NoticeJson::error_handler_t::replace);
}

Result<Notice> decode_notice(std::string_view json) {
    const auto root = NoticeJson::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!root.is_object()) return not_a_notice("not a JSON object");
    NoticeMembers members(root);
    Notice notice;
    notice.kind = members.kind("event");
    notice.id = members.text("id");
    notice.job = members.text("job");
    notice.run_id = members.text("run_id");
    notice.host = members.text("host");
    notice.target = members.text("target");
    notice.at = members.time("at").value_or(WallTime{});
    notice.started_at = members.time("started_at");
    notice.elapsed = members.duration("elapsed_ms");
    notice.files = members.count("files");
    notice.bytes_read = members.count("bytes_read");
    notice.bytes_stored = members.count("bytes_stored");
    notice.warning_count = members.count("warning_count");
    notice.snapshot_id = members.text("snapshot_id");
    notice.error = members.text("error");
    notice.hint = members.text("hint");
    notice.failures_in_row = members.count("failures_in_row");
    notice.failing_since = members.time("failing_since");
    notice.last_success = members.time("last_success");
    notice.proof_grade = members.text("proof_grade");
    notice.proven_at = members.time("proven_at");
    notice.promised = members.duration("promised_ms");
    notice.url = members.text("url");
    notice.is_escalation = members.flag("escalation");
    notice.digest_left_out = members.count("digest_left_out");
    if (!members.problem().empty()) return not_a_notice("\"" + members.problem() + "\" is wrong");
    COFRE_TRY(read_digest(members.find("digest"), notice));
    return notice;
}

}  // namespace cofre::report
