#pragma once

/// @file
/// What people read of a notice, before a channel gives it its form.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/notice.h"

namespace cofre::report {

enum class NoticeLanguage : std::uint8_t { kEnglish, kPortuguese };

/// "en" or "pt" (also "pt-BR", "pt_PT"). kInvalidArgument: another.
Result<NoticeLanguage> parse_notice_language(std::string_view text);

/// How grave it is; decides colours and priorities.
enum class NoticeTone : std::uint8_t { kInfo, kGood, kWarning, kBad };
NoticeTone tone_of(NoticeKind kind);

struct NoticeFact {
    std::string label;
    std::string value;
};

struct NoticeText {
    std::string title;  ///< One line.
    std::string body;   ///< May be empty; lines are separated by '\n'.
    std::vector<NoticeFact> facts;
    std::string url;

    /// Body, facts and url as lines: for channels that know only text.
    std::string plain() const;
};

/// "failed", "falhou": the status alone.
std::string_view status_word(NoticeKind kind, NoticeLanguage language);

NoticeText text_of(const Notice& notice, NoticeLanguage language);

/// Values of the placeholders of templates, by name.
std::map<std::string, std::string> placeholder_values(const Notice& notice, NoticeLanguage language);
/// Their names, sorted.
const std::vector<std::string>& placeholder_names();

}  // namespace cofre::report
