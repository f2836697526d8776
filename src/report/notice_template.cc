#include "report/notice_template.h"

#include <algorithm>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

std::string all_placeholders() {
    std::string out;
    for (const auto& name : placeholder_names())
        out += (out.empty() ? "{" : ", {") + name + "}";
    return out;
}

Error bad_template(const std::string& cause) {
    return Error(ErrorCode::kInvalidArgument, cause)
        .with_hint("known are " + all_placeholders() + "; {{ and }} are braces");
}

}  // namespace

Result<NoticeTemplate> NoticeTemplate::parse(std::string_view text) {
    NoticeTemplate result;
    std::string plain;
    const auto& known = placeholder_names();
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool is_double = at + 1 < text.size() && text[at + 1] == c;
        if (c != '{' && c != '}') {
            plain += c;
            continue;
        }
        if (is_double) {
            plain += c;
            ++at;
            continue;
        }
        if (c == '}') return bad_template("a \"}\" closes nothing");
        const std::size_t end = text.find('}', at);
        if (end == std::string_view::npos) return bad_template("a \"{\" is not closed");
        const std::string name(text.substr(at + 1, end - at - 1));
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return bad_template("\"{" + escape_for_display(name) + "}\" is not a placeholder" +
                                did_you_mean(name, known));
        }
        if (!plain.empty()) result.pieces_.push_back({false, std::move(plain)});
        plain.clear();
        result.pieces_.push_back({true, name});
        at = end;
    }
    if (!plain.empty()) result.pieces_.push_back({false, std::move(plain)});
    return result;
}

std::string NoticeTemplate::render(const Notice& notice, NoticeLanguage language) const {
    const auto values = placeholder_values(notice, language);
    std::string out;
    for (const auto& piece : pieces_)
        out += piece.is_placeholder ? values.at(piece.text) : piece.text;
    return out;
}

NoticeText text_with_templates(const Notice& notice, NoticeLanguage language, const std::string& title,
                               const std::string& body) {
    NoticeText text = text_of(notice, language);
    // A test says that it is one, and a digest has its own form.
    if (notice.kind == NoticeKind::kTest || notice.kind == NoticeKind::kDigest) return text;
    if (const auto own = NoticeTemplate::parse(title); own && !title.empty())
        text.title = own->render(notice, language);
    if (const auto own = NoticeTemplate::parse(body); own && !body.empty()) {
        text.body = own->render(notice, language);
        text.facts.clear();
        text.url.clear();
    }
    text.title = one_line(text.title);
    return text;
}

}  // namespace cofre::report
