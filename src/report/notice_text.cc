#include "report/notice_text.h"

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

/// One phrase in both languages.
struct Phrase {
    std::string_view english;
    std::string_view portuguese;

    std::string_view in(NoticeLanguage language) const {
        return language == NoticeLanguage::kPortuguese ? portuguese : english;
    }
};

constexpr std::array kStatusWords = {
    Phrase{"started", "iniciado"},
    Phrase{"succeeded", "concluído"},
    Phrase{"succeeded with warnings", "concluído com avisos"},
    Phrase{"failed", "falhou"},
    Phrase{"recovered", "recuperado"},
    Phrase{"is overdue", "está atrasado"},
    Phrase{"has no recent proof", "está sem prova recente"},
    Phrase{"digest", "resumo"},
    Phrase{"test", "teste"},
};

constexpr Phrase kTestTitle{"Test notification of cofre", "Notificação de teste do cofre"};
constexpr Phrase kTestBody{"If you can read this, the channel works.", "Se você lê isto, o canal funciona."};
constexpr Phrase kDigestTitle{"Digest of backups", "Resumo dos backups"};
constexpr Phrase kOn{"on", "em"};
constexpr Phrase kEscalated{"Escalated", "Escalado"};
constexpr Phrase kLeftOut{"and {} more", "e mais {}"};

std::string shown_name(const std::string& name) {
    return escape_for_display(name);
}

std::string short_time(const std::optional<WallTime>& time) {
    if (!time) return {};
    std::string text = format_rfc3339(std::chrono::floor<std::chrono::seconds>(*time));
    text[10] = ' ';  // 2026-11-22 01:36:59Z
    text.pop_back();
    return text + " UTC";
}

std::string count_or_empty(std::uint64_t count) {
    return count == 0 ? std::string() : format_count(count);
}
std::string bytes_or_empty(std::uint64_t bytes) {
    return bytes == 0 ? std::string() : format_bytes(bytes);
}
std::string duration_or_empty(std::chrono::milliseconds duration) {
    return duration.count() <= 0 ? std::string() : format_duration(duration);
}

std::string error_lines(const Notice& notice) {
    std::string body = notice.error;
    if (!notice.hint.empty()) body += (body.empty() ? "" : "\n\u2192 ") + notice.hint;
    return body;
}

std::string digest_lines(const Notice& notice, NoticeLanguage language) {
    std::string body;
    for (const auto& line : notice.digest) {
        body += fmt::format("{}{}  {}  {}", body.empty() ? "" : "\n", short_time(line.at), shown_name(line.job),
                            status_word(line.kind, language));
        if (line.bytes > 0) body += "  " + format_bytes(line.bytes);
        if (!line.error.empty()) body += ": " + cut_utf8(one_line(line.error), 200);
    }
    if (notice.digest_left_out > 0) {
        body += "\n" + fmt::format(fmt::runtime(kLeftOut.in(language)), format_count(notice.digest_left_out));
    }
    return body;
}

std::string title_of(const Notice& notice, NoticeLanguage language) {
    const std::string host =
        notice.host.empty() ? "" : fmt::format(" {} {}", kOn.in(language), shown_name(notice.host));
    if (notice.kind == NoticeKind::kTest) return std::string(kTestTitle.in(language)) + host;
    if (notice.kind == NoticeKind::kDigest) return std::string(kDigestTitle.in(language)) + host;
    const std::string job = shown_name(notice.job);
    std::string title = fmt::format("Backup {}{}{}", job, job.empty() ? "" : " ", status_word(notice.kind, language));
    title += host;
    if (notice.is_escalation) title = fmt::format("[{}] {}", kEscalated.in(language), title);
    return title;
}

}  // namespace

Result<NoticeLanguage> parse_notice_language(std::string_view text) {
    if (text == "en" || text.starts_with("en-") || text.starts_with("en_")) return NoticeLanguage::kEnglish;
    if (text == "pt" || text.starts_with("pt-") || text.starts_with("pt_")) return NoticeLanguage::kPortuguese;
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text.substr(0, 64)) + "\" is not a language")
        .with_hint("use en or pt");
}

NoticeTone tone_of(NoticeKind kind) {
    switch (kind) {
        case NoticeKind::kStarted:
        case NoticeKind::kDigest:
        case NoticeKind::kTest: return NoticeTone::kInfo;
        case NoticeKind::kSucceeded:
        case NoticeKind::kRecovered: return NoticeTone::kGood;
        case NoticeKind::kWarning: return NoticeTone::kWarning;
        case NoticeKind::kFailed:
        case NoticeKind::kOverdue:
        case NoticeKind::kProofTooOld: return NoticeTone::kBad;
    }
    return NoticeTone::kInfo;
}

std::string NoticeText::plain() const {
    std::string out = body;
    for (const auto& fact : facts)
        out += (out.empty() ? "" : "\n") + fact.label + ": " + fact.value;
    if (!url.empty()) out += (out.empty() ? "" : "\n") + url;
    return out;
}

std::string_view status_word(NoticeKind kind, NoticeLanguage language) {
    return kStatusWords.at(static_cast<std::size_t>(kind)).in(language);
}

NoticeText text_of(const Notice& notice, NoticeLanguage language) {
    NoticeText text;
    text.title = title_of(notice, language);
    text.url = notice.url;
    const auto add = [&](Phrase label, const std::string& value) {
        if (!value.empty()) text.facts.push_back({std::string(label.in(language)), value});
    };
    if (notice.kind == NoticeKind::kDigest) {
        text.body = digest_lines(notice, language);
        return text;
    }
    text.body = notice.kind == NoticeKind::kTest ? std::string(kTestBody.in(language)) : error_lines(notice);
    add({"Job", "Tarefa"}, shown_name(notice.job));
    add({"Host", "Máquina"}, shown_name(notice.host));
    add({"Target", "Destino"}, shown_name(notice.target));
    add({"Time", "Horário"}, short_time(notice.at));
    add({"Duration", "Duração"}, duration_or_empty(notice.elapsed));
    add({"Files", "Arquivos"}, count_or_empty(notice.files));
    add({"Size", "Tamanho"}, bytes_or_empty(notice.bytes_read));
    add({"Stored", "Armazenado"}, bytes_or_empty(notice.bytes_stored));
    add({"Warnings", "Avisos"}, count_or_empty(notice.warning_count));
    add({"Snapshot", "Snapshot"}, notice.snapshot_id.substr(0, 12));
    add({"Failures in a row", "Falhas seguidas"},
        notice.failures_in_row > 1 ? format_count(notice.failures_in_row) : "");
    add({"Failing since", "Falhando desde"}, short_time(notice.failing_since));
    add({"Last success", "Último sucesso"}, short_time(notice.last_success));
    add({"Promised within", "Prometido em até"}, duration_or_empty(notice.promised));
    add({"Proof", "Prova"}, notice.proof_grade);
    add({"Proven", "Provado em"}, short_time(notice.proven_at));
    return text;
}

std::map<std::string, std::string> placeholder_values(const Notice& notice, NoticeLanguage language) {
    return {{"job", shown_name(notice.job)},
            {"status", std::string(status_word(notice.kind, language))},
            {"event", std::string(to_string(notice.kind))},
            {"host", shown_name(notice.host)},
            {"target", shown_name(notice.target)},
            {"time", short_time(notice.at)},
            {"started", short_time(notice.started_at)},
            {"duration", format_duration(notice.elapsed)},
            {"files", format_count(notice.files)},
            {"bytes", format_bytes(notice.bytes_read)},
            {"stored", format_bytes(notice.bytes_stored)},
            {"warnings", format_count(notice.warning_count)},
            {"snapshot", notice.snapshot_id.substr(0, 12)},
            {"run", notice.run_id},
            {"error", notice.error},
            {"hint", notice.hint},
            {"failures", format_count(notice.failures_in_row)},
            {"failing_since", short_time(notice.failing_since)},
            {"last_success", short_time(notice.last_success)},
            {"grade", notice.proof_grade},
            {"proven", short_time(notice.proven_at)},
            {"url", notice.url},
            {"digest", digest_lines(notice, language)}};
}

const std::vector<std::string>& placeholder_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> result;
        for (const auto& [name, value] : placeholder_values({}, NoticeLanguage::kEnglish))
            result.push_back(name);
        return result;
    }();
    return names;
}

}  // namespace cofre::report
