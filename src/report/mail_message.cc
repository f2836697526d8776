#include "report/mail_message.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/utf8.h"
#include "crypto/random.h"

namespace cofre::report {
namespace {

constexpr std::size_t kWordBytes = 45;  // 60 characters of base64 and "=?UTF-8?B?" "?=": below 75.
constexpr std::size_t kLineBytes = 57;  // 76 characters of base64: RFC 2045, 6.8.
constexpr std::size_t kFoldAt = 76;
constexpr std::size_t kMaxShown = 80;

bool has_mail_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

bool is_plain_ascii(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    // "=?" begins an encoded word, which must then be encoded itself.
    return plain && text.find("=?") == std::string_view::npos;
}

Error bad_header(std::string_view name, std::string_view value) {
    return {ErrorCode::kInvalidArgument, fmt::format("mail: {} \"{}\" has a control character", name,
                                                     escape_for_display(value.substr(0, kMaxShown)))};
}

std::string fold_words(std::string_view text) {
    std::string out;
    std::size_t line = 0;
    while (!text.empty()) {
        const std::size_t space = text.find(' ', 1);
        const std::string_view word = text.substr(0, space);
        if (line > 0 && line + word.size() > kFoldAt && word.starts_with(' ') && word.size() > 1) {
            out += "\r\n";
            line = 0;
        }
        out += word;
        line += word.size();
        text.remove_prefix(word.size());
    }
    return out;
}

std::string base64_lines(std::string_view bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += kLineBytes)
        out += base64_encode(as_bytes(bytes.substr(at, kLineBytes))) + "\r\n";
    return out;
}

std::string mail_part(std::string_view type, std::string_view more_headers, std::string_view bytes) {
    return fmt::format("Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\n{}\r\n{}", type, more_headers,
                       base64_lines(bytes));
}

std::string multipart(std::string_view kind, const std::vector<std::string>& parts) {
    const std::string boundary = "=_cofre_" + crypto::random_hex(12);  // base64 has no '_'.
    std::string out = fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\r\n\r\n", kind, boundary);
    for (const auto& part : parts)
        out += fmt::format("--{}\r\n{}", boundary, part);
    return out + fmt::format("--{}--\r\n", boundary);
}

/// "Name <a@b>" with a name that may be any text.
Result<std::string> mailbox_header(std::string_view mailbox) {
    COFRE_ASSIGN(const auto address, mail_address(mailbox));
    std::string_view name = mailbox.substr(0, std::min(mailbox.rfind('<'), mailbox.size()));
    if (name.size() == mailbox.size()) return address;
    while (name.ends_with(' '))
        name.remove_suffix(1);
    if (name.size() > 1 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    if (name.empty()) return "<" + address + ">";
    if (!is_plain_ascii(name)) return encode_header_text(name) + " <" + address + ">";
    std::string quoted;
    for (const char c : name)
        quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return "\"" + quoted + "\" <" + address + ">";
}

Result<std::string> attachment_part(const MailAttachment& file) {
    if (has_mail_control(file.name) || file.name.find('"') != std::string::npos) {
        return bad_header("attachment", file.name);
    }
    if (has_mail_control(file.type)) return bad_header("type", file.type);
    // RFC 2231 for what is not ASCII.
    const std::string name =
        is_plain_ascii(file.name) ? "filename=\"" + file.name + "\"" : "filename*=UTF-8''" + percent_encode(file.name);
    return mail_part(file.type, "Content-Disposition: attachment;\r\n " + name + "\r\n", file.bytes);
}

Result<std::string> mail_headers(const MailMessage& message) {
    if (message.to.empty()) return Error(ErrorCode::kInvalidArgument, "mail: there is no recipient");
    if (has_mail_control(message.subject)) return bad_header("subject", message.subject);
    COFRE_ASSIGN(const auto from, mailbox_header(message.from));
    std::string to;
    for (const auto& each : message.to) {
        COFRE_ASSIGN(const auto one, mailbox_header(each));
        to += (to.empty() ? "" : ",\r\n ") + one;
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(message.date);
    std::string out = fmt::format("From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\n", from, to,
                                  encode_header_text(message.subject), format_mail_date(seconds));
    if (has_mail_control(message.message_id)) return bad_header("message id", message.message_id);
    if (!message.message_id.empty()) out += fmt::format("Message-ID: <{}>\r\n", message.message_id);
    for (const auto& [name, value] : message.headers) {
        if (!is_plain_ascii(name) || name.find_first_of(": ") != std::string::npos || has_mail_control(value)) {
            return bad_header(escape_for_display(name), value);
        }
        out += fmt::format("{}: {}\r\n", name, encode_header_text(value));
    }
    return out + "MIME-Version: 1.0\r\n";
}

}  // namespace

Result<std::string> mail_address(std::string_view mailbox) {
    if (has_mail_control(mailbox)) return bad_header("address", mailbox);
    std::string_view address = mailbox;
    const std::size_t open = mailbox.rfind('<');
    if (open != std::string_view::npos && mailbox.ends_with('>')) {
        address = mailbox.substr(open + 1, mailbox.size() - open - 2);
    }
    while (address.starts_with(' '))
        address.remove_prefix(1);
    while (address.ends_with(' '))
        address.remove_suffix(1);
    const std::size_t at = address.rfind('@');
    const bool is_address = at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
                            address.find_first_of(" <>,;\"") == std::string_view::npos;
    if (is_address) return std::string(address);
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("mail: \"{}\" is not an address", escape_for_display(mailbox.substr(0, kMaxShown))))
        .with_hint("write it as name@example.com or \"Name <name@example.com>\"");
}

std::string encode_header_text(std::string_view text) {
    if (is_plain_ascii(text)) return fold_words(text);
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t end = at;
        while (end < text.size()) {
            const auto point = decode_utf8(text, end);
            const std::size_t bytes = point ? point->bytes : 1;
            if (end + bytes - at > kWordBytes) break;
            end += bytes;
        }
        out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64_encode(as_bytes(text.substr(at, end - at))) +
               "?=";
        at = end;
    }
    return out;
}

Result<std::string> encode_mail(const MailMessage& message) {
    for (const std::string_view text : {std::string_view(message.subject), std::string_view(message.text),
                                        std::string_view(message.html), std::string_view(message.from)}) {
        if (!is_utf8(text)) return Error(ErrorCode::kInvalidArgument, "mail: a text is not UTF-8");
    }
    COFRE_ASSIGN(std::string out, mail_headers(message));
    std::string body = mail_part("text/plain; charset=utf-8", "", message.text);
    if (!message.html.empty()) {
        // The best form last: RFC 2046, 5.1.4.
        body = multipart("alternative", {body, mail_part("text/html; charset=utf-8", "", message.html)});
    }
    if (message.attachments.empty()) return out + body;
    std::vector<std::string> parts = {std::move(body)};
    for (const auto& file : message.attachments) {
        COFRE_ASSIGN(auto part, attachment_part(file));
        parts.push_back(std::move(part));
    }
    return out + multipart("mixed", parts);
}

}  // namespace cofre::report
