#include "api/status_page.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "api/status_words.h"
#include "base/units.h"

namespace cofre::api {
namespace {

// Dark on light or light on dark, as the reader's system has it; each state has a sign as well as a colour.
constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--bg:#fff;--ink:#1b1f24;--soft:#5b6470;--line:#dfe3e8;--good:#1a7f37;--bad:#b3261e;--warn:#8a5a00}
@media(prefers-color-scheme:dark){:root{--bg:#14171a;--ink:#e8eaed;--soft:#9aa4b0;--line:#2c3239;--good:#4cc46a;--bad:#ff7b72;--warn:#e3b341}}
body{margin:0 auto;max-width:72rem;padding:1.5rem;background:var(--bg);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
h1{font-size:1rem;color:var(--soft);font-weight:600;margin:0}
.verdict{font-size:1.6rem;font-weight:650;margin:.3rem 0 .2rem}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.soft{color:var(--soft);font-size:.86rem}
table{border-collapse:collapse;width:100%;margin-top:1.2rem}
th{text-align:left;font-size:.8rem;color:var(--soft);font-weight:600}
th,td{padding:.55rem .7rem .55rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.state{white-space:nowrap;font-weight:600}
.error{max-width:26rem;overflow-wrap:anywhere}
svg{display:block}
@media(max-width:48rem){table,tbody,tr,td{display:block}thead{display:none}tr{border-bottom:1px solid var(--line);padding:.6rem 0}td{border:0;padding:.1rem 0}td[data-label]::before{content:attr(data-label) ": ";color:var(--soft);font-size:.8rem}}
footer{margin-top:1.4rem;color:var(--soft);font-size:.86rem}
)";

constexpr int kTrendWidth = 120;
constexpr int kTrendHeight = 26;

std::string_view tone_of(JobHealth health) {
    if (needs_somebody(health)) return "bad";
    return health == JobHealth::kGood ? "good" : "warn";
}

/// For who cannot tell the colours apart.
std::string_view sign_of(JobHealth health) {
    if (needs_somebody(health)) return "\xE2\x9C\x96 ";                     // ✖
    return health == JobHealth::kGood ? "\xE2\x9C\x94 " : "\xE2\x96\xB2 ";  // ✔ ▲
}

class StatusPageWriter {
public:
    StatusPageWriter(const ServiceStatus& status, const StatusWords& words) : status_(status), words_(words) {}

    std::string write() {
        auto html = document_.append_child("html");
        html.append_attribute("lang") = words_.code;
        write_head(html.append_child("head"));
        auto body = html.append_child("body");
        text(body, "h1", words_.title);
        write_verdict(body);
        if (!status_.jobs.empty()) write_table(body);
        text(body, "footer",
             fmt::format(fmt::runtime(words_.footer),
                         format_rfc3339(std::chrono::floor<std::chrono::seconds>(status_.at)), status_.host,
                         status_.version));
        std::ostringstream out;
        out << "<!doctype html>";
        document_.save(out, "", pugi::format_raw | pugi::format_no_declaration | pugi::format_no_empty_element_tags,
                       pugi::encoding_utf8);
        return out.str();
    }

private:
    static pugi::xml_node text(pugi::xml_node parent, const char* name, std::string_view value,
                               std::string_view css = {}) {
        auto node = parent.append_child(name);
        if (!css.empty()) node.append_attribute("class") = std::string(css).c_str();
        node.text().set(std::string(value).c_str());
        return node;
    }

    void write_head(pugi::xml_node head) const {
        head.append_child("meta").append_attribute("charset") = "utf-8";
        auto refresh = head.append_child("meta");
        refresh.append_attribute("http-equiv") = "refresh";
        refresh.append_attribute("content") = "30";
        auto view = head.append_child("meta");
        view.append_attribute("name") = "viewport";
        view.append_attribute("content") = "width=device-width, initial-scale=1";
        text(head, "title", fmt::format("{} - {}", words_.title, status_.host));
        text(head, "style", kStyle);
    }

    std::size_t count(JobHealth health) const {
        return static_cast<std::size_t>(std::count_if(status_.jobs.begin(), status_.jobs.end(),
                                                      [&](const JobStatus& job) { return job.health == health; }));
    }

    void write_verdict(pugi::xml_node body) const {
        const auto total = status_.jobs.size();
        const auto bad = count(JobHealth::kFailed) + count(JobHealth::kOverdue);
        const auto good = count(JobHealth::kGood);
        if (total == 0) {
            text(body, "p", words_.no_jobs, "verdict warn");
        } else if (bad == 1) {
            const auto job = std::find_if(status_.jobs.begin(), status_.jobs.end(),
                                          [](const JobStatus& one) { return needs_somebody(one.health); });
            text(body, "p", "\xE2\x9C\x96 " + fmt::format(fmt::runtime(words_.one_bad), job->name), "verdict bad");
        } else if (bad > 1) {
            text(body, "p", "\xE2\x9C\x96 " + fmt::format(fmt::runtime(words_.some_bad), bad, total), "verdict bad");
        } else if (good == total) {
            text(body, "p", "\xE2\x9C\x94 " + fmt::format(fmt::runtime(words_.all_good), total), "verdict good");
        } else {
            text(body, "p", "\xE2\x96\xB2 " + fmt::format(fmt::runtime(words_.some_unproven), total - good, total),
                 "verdict warn");
        }
        if (!status_.catalog_error.empty()) text(body, "p", words_.catalog_down, "bad");
        if (const auto oldest = oldest_proof(); oldest && bad == 0) {
            text(body, "p", fmt::format(fmt::runtime(words_.oldest_proof), age(*oldest)), "soft");
        }
    }

    std::optional<WallTime> oldest_proof() const {
        std::optional<WallTime> oldest;
        for (const auto& job : status_.jobs) {
            if (job.last_proven_backup && (!oldest || *job.last_proven_backup < *oldest))
                oldest = job.last_proven_backup;
        }
        return oldest;
    }

    std::string age(WallTime time) const {
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(status_.at - time);
        return format_duration(std::max(passed, std::chrono::milliseconds(0)));
    }
    std::string ago(const std::optional<WallTime>& time) const {
        return time ? fmt::format(fmt::runtime(words_.ago), age(*time)) : std::string(words_.never);
    }
    std::string due(const JobStatus& job) const {
        if (!job.next_run) return words_.by_hand;
        const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(*job.next_run - status_.at);
        return wait.count() <= 0 ? std::string(words_.now)
                                 : fmt::format(fmt::runtime(words_.in), format_duration(wait));
    }

    void write_table(pugi::xml_node body) const {
        auto table = body.append_child("table");
        auto head = table.append_child("thead").append_child("tr");
        for (const char* title :
             {words_.state, words_.job, words_.last_run, words_.proven, words_.next_run, words_.trend})
            text(head, "th", title);
        auto rows = table.append_child("tbody");
        for (const auto& job : status_.jobs)
            write_row(rows.append_child("tr"), job);
    }

    static pugi::xml_node cell(pugi::xml_node row, const char* label, std::string_view value) {
        auto node = row.append_child("td");
        node.append_attribute("data-label") = label;
        node.append_child("span").text().set(std::string(value).c_str());
        return node;
    }

    /// When it was, for who points at it.
    static void hover(pugi::xml_node node, const std::optional<WallTime>& time) {
        if (time)
            node.append_attribute("title") = format_rfc3339(std::chrono::floor<std::chrono::seconds>(*time)).c_str();
    }

    void write_row(pugi::xml_node row, const JobStatus& job) const {
        auto state = row.append_child("td");
        state.append_attribute("class") = fmt::format("state {}", tone_of(job.health)).c_str();
        state.text().set(
            (std::string(sign_of(job.health)) + words_.healths[static_cast<std::size_t>(job.health)]).c_str());
        auto name = row.append_child("td");
        text(name, "strong", job.name);
        if (job.is_running && job.running_since)
            text(name, "div", fmt::format(fmt::runtime(words_.running), age(*job.running_since)), "soft");
        if (job.failures_in_row > 1)
            text(name, "div", fmt::format(fmt::runtime(words_.failures), job.failures_in_row), "soft");

        auto last = cell(row, words_.last_run, ago(job.last_run));
        hover(last, job.last_run);
        if (job.last_run) {
            text(last, "div",
                 fmt::format(fmt::runtime(words_.read), format_bytes(job.last_bytes), job.last_files) + ", " +
                     words_.took + " " + format_duration(job.last_elapsed),
                 "soft");
        }
        if (job.health != JobHealth::kGood && !job.last_error.empty()) text(last, "div", job.last_error, "error bad");
        hover(cell(row, words_.proven, ago(job.last_proven_backup)), job.last_proven_backup);
        hover(cell(row, words_.next_run, due(job)), job.next_run);
        write_trend(row.append_child("td"), job);
    }

    void write_trend(pugi::xml_node parent, const JobStatus& job) const {
        const auto highest = job.trend.empty() ? 0 : *std::max_element(job.trend.begin(), job.trend.end());
        if (highest == 0) return;
        auto svg = parent.append_child("svg");
        svg.append_attribute("width") = kTrendWidth;
        svg.append_attribute("height") = kTrendHeight;
        svg.append_attribute("role") = "img";
        svg.append_attribute("aria-label") = fmt::format("{}: {}", words_.trend, format_bytes(highest)).c_str();
        text(svg, "title", fmt::format("{}: \xE2\x89\xA4 {}", words_.trend, format_bytes(highest)));
        const double step = static_cast<double>(kTrendWidth) / static_cast<double>(job.trend.size());
        for (std::size_t day = 0; day < job.trend.size(); ++day) {
            const double height =
                std::max(1.0, static_cast<double>(job.trend[day]) / static_cast<double>(highest) * kTrendHeight);
            auto bar = svg.append_child("rect");
            bar.append_attribute("x") = fmt::format("{:.1f}", static_cast<double>(day) * step).c_str();
            bar.append_attribute("y") = fmt::format("{:.1f}", kTrendHeight - height).c_str();
            bar.append_attribute("width") = fmt::format("{:.1f}", step * 0.75).c_str();
            bar.append_attribute("height") = fmt::format("{:.1f}", height).c_str();
            bar.append_attribute("fill") = "currentColor";
            bar.append_attribute("opacity") = job.trend[day] == 0 ? "0.25" : "0.7";
        }
    }

    const ServiceStatus& status_;
    const StatusWords& words_;
    pugi::xml_document document_;
};

}  // namespace

PageLanguage page_language(std::string_view query, std::string_view accept_language) {
    if (query.find("lang=pt") != std::string_view::npos) return PageLanguage::kPortuguese;
    if (query.find("lang=en") != std::string_view::npos) return PageLanguage::kEnglish;
    const auto portuguese = accept_language.find("pt");
    const auto english = accept_language.find("en");
    return portuguese < english ? PageLanguage::kPortuguese : PageLanguage::kEnglish;
}

std::string status_page(const ServiceStatus& status, PageLanguage language) {
    return StatusPageWriter(status, status_words(language)).write();
}

}  // namespace cofre::api
