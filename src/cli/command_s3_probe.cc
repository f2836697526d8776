#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "base/units.h"
#include "cli/app.h"
#include "s3/measured_profile.h"
#include "s3/probe.h"

namespace cofre::cli {
namespace {

using ProbeJson = nlohmann::ordered_json;

struct Probed {
    s3::ProbeReport report;
    s3::MeasuredProfile measured;
    std::vector<std::filesystem::path> written;
};

std::string verdict_mark(const Console& console, s3::Verdict verdict) {
    switch (verdict) {
        case s3::Verdict::kYes: return console.paint(Tone::kGood, "yes    ");
        case s3::Verdict::kNo: return console.paint(Tone::kWarning, "no     ");
        case s3::Verdict::kUnclear: return console.paint(Tone::kFaint, "unclear");
    }
    return "";
}

void show_findings(const Console& console, const s3::ProbeReport& report) {
    std::size_t width = 0;
    for (const auto& finding : report.findings)
        width = std::max(width, finding.name.size());
    const std::string indent(width + 9, ' ');
    for (const auto& finding : report.findings) {
        console.print(fmt::format("{:<{}}  {}  {}", finding.name, width, verdict_mark(console, finding.verdict),
                                  redact(finding.observed)));
        console.print(indent + "  " + console.paint(Tone::kFaint, finding.meaning));
    }
    for (const auto& left : report.left_behind)
        console.warning("left behind: " + redact(left));
}

ProbeJson findings_json(const s3::ProbeReport& report) {
    ProbeJson list = ProbeJson::array();
    for (const auto& finding : report.findings) {
        list.push_back({{"check", finding.name},
                        {"result", to_string(finding.verdict)},
                        {"observed", redact(finding.observed)},
                        {"meaning", finding.meaning}});
    }
    return list;
}

/// How the measured row differs from the built-in one, as people read it.
std::vector<std::string> differences(const s3::MeasuredProfile& measured) {
    const auto* const row = s3::find_provider(measured.closest_row);
    std::vector<std::string> out;
    if (row == nullptr) return out;
    const auto built_in = ProbeJson::parse(
        s3::encode_measured({.endpoint = "", .measured_at = {}, .closest_row = measured.closest_row, .profile = *row}));
    const auto found = ProbeJson::parse(s3::encode_measured(measured));
    for (const auto& [key, value] : found.at("profile").items()) {
        const auto& expected = built_in.at("profile").at(key);
        if (expected != value) out.push_back(key + " is " + value.dump() + ", not " + expected.dump());
    }
    return out;
}

void report_probe(const App& app, const Probed& probed) {
    const auto& report = probed.report;
    show_findings(app.console, report);
    const auto changes = differences(probed.measured);
    if (!report.ended_by) {
        app.console.note(fmt::format("closest built-in profile: {}{}", report.closest_row,
                                     changes.empty() ? ", which agrees in everything" : ""));
        for (const auto& change : changes)
            app.console.note("  measured: " + change);
    }
    for (const auto& file : probed.written)
        app.console.note("wrote " + file.native());
    ProbeJson out = {{"endpoint", probed.measured.endpoint}, {"closest_row", report.closest_row}};
    out["findings"] = findings_json(report);
    out["profile"] = report.ended_by ? ProbeJson() : ProbeJson::parse(s3::encode_measured(probed.measured))["profile"];
    out["differs_from_row"] = changes;
    out["clock_offset_ms"] = report.clock_offset ? ProbeJson(report.clock_offset->count()) : ProbeJson();
    out["left_behind"] = report.left_behind;
    out["written"] = ProbeJson::array();
    for (const auto& file : probed.written)
        out["written"].push_back(file.native());
    app.console.print_json(out.dump(-1, ' ', false, ProbeJson::error_handler_t::replace));
}

Result<Probed> probe(const App& app, const S3ProbeOptions& options) {
    COFRE_ASSIGN(const auto target, resolve_target(app, options.target, ""));
    if (target.kind != config::TargetKind::kS3) {
        return Error(ErrorCode::kInvalidArgument, "target " + target.url + " is a folder: there is nothing to probe");
    }
    COFRE_ASSIGN(auto store, daemon::s3_options_for(target));
    store.measured.reset();  // What was found last time must not decide what is found now.
    COFRE_ASSIGN(auto signer, daemon::credentials_for(target));
    Probed probed;
    probed.measured.endpoint = store.endpoint;
    const s3::ProbeOptions how{.suite = s3::ProbeSuite::kCapabilities,
                               .prefix = target.prefix,
                               .on_check = [&](std::string_view name, std::size_t index, std::size_t count) {
                                   if (!app.console.is_terminal() || app.console.options().quiet) return;
                                   app.console.status_line(fmt::format("probing {}/{}: {}", index + 1, count, name));
                               }};
    auto report = s3::run_probe(app.ctx, std::move(store), std::move(signer), how, app.clock);
    if (app.console.is_terminal()) app.console.status_line("");
    if (!report) return std::move(report).error();
    probed.report = *std::move(report);
    probed.measured.measured_at = std::chrono::floor<std::chrono::seconds>(app.clock.wall_now());
    probed.measured.closest_row = probed.report.closest_row;
    probed.measured.profile = probed.report.measured;
    return probed;
}

/// A probe that broke off has measured only a part.
Status keep_measured(const S3ProbeOptions& options, Probed& probed) {
    std::vector<std::filesystem::path> files;
    if (!options.no_save) files.push_back(daemon::measured_profile_file(probed.measured.endpoint));
    if (options.write) files.push_back(*options.write);
    for (auto& file : files) {
        COFRE_TRY(s3::save_measured(file, probed.measured));
        probed.written.push_back(std::move(file));
    }
    return {};
}

}  // namespace

int run_command(const App& app, const S3ProbeOptions& options) {
    auto probed = probe(app, options);
    if (!probed) return fail(app, probed.error());
    Status kept;
    if (!probed->report.ended_by) kept = keep_measured(options, *probed);
    report_probe(app, *probed);
    if (probed->report.ended_by) {
        app.console.error(*probed->report.ended_by);
        return exit_status_of(*probed->report.ended_by);
    }
    if (!kept) {
        app.console.error(kept.error());
        return kExitPartial;
    }
    return probed->report.left_behind.empty() ? kExitDone : kExitPartial;
}

}  // namespace cofre::cli
