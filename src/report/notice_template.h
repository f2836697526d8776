#pragma once

/// @file
/// Texts of users' own, such as "{job} {status} in {duration}". Nothing is
/// executed: a placeholder is a name, and its value is put in as it is.

#include <string>
#include <string_view>
#include <vector>

#include "report/notice_text.h"

namespace cofre::report {

/// Immutable, free to copy.
class NoticeTemplate {
public:
    /// "{{" and "}}" are braces. kInvalidArgument: a brace that is not closed, or
    /// an unknown name; the message has the nearest known one, the hint all.
    static Result<NoticeTemplate> parse(std::string_view text);

    std::string render(const Notice& notice, NoticeLanguage language) const;

private:
    struct Piece {
        bool is_placeholder = false;
        std::string text;
    };
    std::vector<Piece> pieces_;
};

/// What a channel shows: the usual text, with what a user's templates replace. An
/// empty template replaces nothing; one for the body also takes the place of the
/// facts. Both must have been parsed before: what does not parse counts as empty.
NoticeText text_with_templates(const Notice& notice, NoticeLanguage language, const std::string& title,
                               const std::string& body);

}  // namespace cofre::report
