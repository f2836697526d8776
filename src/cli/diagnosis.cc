#include "cli/diagnosis.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/secret.h"

namespace cofre::cli {
namespace {

std::string_view word_of(Health health) {
    switch (health) {
        case Health::kGood: return "good";
        case Health::kWarning: return "warning";
        case Health::kBad: return "bad";
        case Health::kPassed: return "passed";
    }
    return "bad";
}

std::string mark_of(const Console& console, Health health) {
    switch (health) {
        case Health::kGood: return console.paint(Tone::kGood, "✓");
        case Health::kWarning: return console.paint(Tone::kWarning, "!");
        case Health::kBad: return console.paint(Tone::kBad, "✗");
        case Health::kPassed: return console.paint(Tone::kFaint, "-");
    }
    return "";
}

}  // namespace

bool Diagnosis::is_healthy() const {
    return std::none_of(findings.begin(), findings.end(), [](const auto& f) { return f.health == Health::kBad; });
}

void show(const Console& console, const Diagnosis& diagnosis) {
    console.print(console.paint(Tone::kHeading, diagnosis.check));
    std::size_t width = 0;
    for (const auto& finding : diagnosis.findings)
        width = std::max(width, finding.subject.size());
    for (const auto& finding : diagnosis.findings) {
        console.print(fmt::format("  {:<{}}  {} {}", finding.subject, width, mark_of(console, finding.health),
                                  redact(finding.text)));
        if (!finding.hint.empty()) console.print(fmt::format("  {:<{}}    {}", "", width, redact(finding.hint)));
    }
}

nlohmann::ordered_json to_json(const Diagnosis& diagnosis) {
    auto findings = nlohmann::ordered_json::array();
    for (const auto& finding : diagnosis.findings) {
        findings.push_back({{"subject", finding.subject},
                            {"health", word_of(finding.health)},
                            {"text", redact(finding.text)},
                            {"hint", redact(finding.hint)}});
    }
    return {{"check", diagnosis.check}, {"healthy", diagnosis.is_healthy()}, {"findings", std::move(findings)}};
}

}  // namespace cofre::cli
