// Mails: text and HTML, which needs neither pictures nor styles of its own.
#include <fmt/format.h>

#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

constexpr std::size_t kMailSubject = 200;

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            case '\n': out += "<br>\n"; break;
            default: out += c;
        }
    }
    return out;
}

std::string mail_html(const NoticeText& text, const std::string& color) {
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head>\n"
        "<body style=\"font-family:sans-serif\">\n"
        "<h2 style=\"border-left:6px solid {1};padding-left:10px\">{0}</h2>\n",
        html_escaped(text.title), html_escaped(color));
    if (!text.body.empty()) html += fmt::format("<p style=\"white-space:pre-wrap\">{}</p>\n", html_escaped(text.body));
    if (!text.facts.empty()) {
        html += "<table cellpadding=\"4\">\n";
        for (const auto& fact : text.facts) {
            html += fmt::format("<tr><th align=\"left\">{}</th><td>{}</td></tr>\n", html_escaped(fact.label),
                                html_escaped(fact.value));
        }
        html += "</table>\n";
    }
    if (text.url.starts_with("http")) html += fmt::format("<p><a href=\"{0}\">{0}</a></p>\n", html_escaped(text.url));
    return html + "</body></html>\n";
}

}  // namespace

MailCall email_call(const Notice& notice, const ChannelSettings& settings) {
    const NoticeText text = channel_text(notice, settings);
    MailMessage mail;
    mail.from = settings.mail_from;
    mail.to = settings.mail_to;
    mail.subject = cut_code_points(one_line(text.title), kMailSubject);
    mail.text = text.title + "\r\n\r\n" + text.plain() + "\r\n";
    mail.html = mail_html(text, settings.colors.of(tone_of(notice.kind)));
    mail.date = notice.at;
    const std::string& from = settings.mail_from;
    const auto address = mail_address(from);
    const std::string domain = address ? address->substr(address->rfind('@') + 1) : "localhost";
    // The same for each attempt, so that a mail that was sent twice is shown once.
    if (!notice.id.empty()) mail.message_id = "cofre." + notice.id + "." + settings.name + "@" + domain;
    mail.headers = {{"Auto-Submitted", "auto-generated"},  // RFC 3834: no answering machine replies.
                    {"X-Cofre-Event", std::string(to_string(notice.kind))}};
    if (is_bad_news(notice.kind)) mail.headers.emplace_back("Importance", "high");
    return {std::move(mail)};
}

}  // namespace cofre::report
