// Microsoft Teams, by a workflow that posts what a webhook receives. Source:
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
// ("message" with an Adaptive Card; 28 KB), card: https://adaptivecards.io/explorer/
#include <nlohmann/json.hpp>

#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using TeamsJson = nlohmann::ordered_json;

constexpr std::size_t kTeamsText = 8000;  // Bytes; a message has 28 KB, and JSON doubles some characters.
constexpr std::size_t kTeamsValue = 500;

std::string_view teams_color(NoticeTone tone) {
    switch (tone) {  // The names that a card knows; it has no others.
        case NoticeTone::kInfo: return "Accent";
        case NoticeTone::kGood: return "Good";
        case NoticeTone::kWarning: return "Warning";
        case NoticeTone::kBad: return "Attention";
    }
    return "Default";
}

/// A TextBlock reads a part of Markdown.
std::string teams_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        constexpr std::string_view kSpecial = "\\*_[]`#";
        if (kSpecial.find(c) != std::string_view::npos) out += '\\';
        out += c == '\n' ? "\n\n" : std::string(1, c);
    }
    return out;
}

}  // namespace

HttpCall teams_call(const Notice& notice, const ChannelSettings& settings) {
    const NoticeText text = channel_text(notice, settings);
    TeamsJson blocks = TeamsJson::array();
    blocks.push_back({{"type", "TextBlock"},
                      {"text", teams_escaped(cut_utf8(text.title, kTeamsValue))},
                      {"size", "Large"},
                      {"weight", "Bolder"},
                      {"color", teams_color(tone_of(notice.kind))},
                      {"wrap", true}});
    if (!text.body.empty()) {
        blocks.push_back(
            {{"type", "TextBlock"}, {"text", teams_escaped(cut_utf8(text.body, kTeamsText))}, {"wrap", true}});
    }
    TeamsJson facts = TeamsJson::array();
    for (const auto& fact : text.facts)
        facts.push_back({{"title", fact.label}, {"value", teams_escaped(cut_utf8(fact.value, kTeamsValue))}});
    if (!facts.empty()) blocks.push_back({{"type", "FactSet"}, {"facts", std::move(facts)}});
    TeamsJson card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                      {"type", "AdaptiveCard"},
                      {"version", "1.4"},
                      {"msteams", {{"width", "Full"}}},
                      {"body", std::move(blocks)}};
    if (!text.url.empty()) {
        card["actions"] = TeamsJson::array({{{"type", "Action.OpenUrl"}, {"title", "cofre"}, {"url", text.url}}});
    }
    const TeamsJson body = {
        {"type", "message"},
        {"attachments", TeamsJson::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                           {"contentUrl", nullptr},
                                           {"content", std::move(card)}}})}};
    HttpCall call;
    call.url = settings.url.reveal();
    call.headers = {{"Content-Type", kJsonType}};
    call.body = body.dump(-1, ' ', false, TeamsJson::error_handler_t::replace);
    return call;
}

}  // namespace cofre::report
