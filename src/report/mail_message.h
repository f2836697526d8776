#pragma once

/// @file
/// Mails as text. Source: RFC 5322 (form), RFC 2045 to 2047 (MIME, words of
/// headers), RFC 2183 (attachments), RFC 3834 (automatic mails).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"

namespace cofre::report {

struct MailAttachment {
    std::string name;  ///< "report.pdf"
    std::string type;  ///< "application/pdf"
    std::string bytes;
};

struct MailMessage {
    std::string from;             ///< "a@b" or "Name <a@b>"; so is each of the next.
    std::vector<std::string> to;  ///< At least one.
    std::string subject;          ///< UTF-8, one line.
    std::string text;             ///< UTF-8.
    std::string html;             ///< Empty: the mail has only text.
    std::vector<MailAttachment> attachments;
    WallTime date{};
    std::string message_id;                                    ///< Without "<>"; unique: "x@host".
    std::vector<std::pair<std::string, std::string>> headers;  ///< More of them; ASCII.
};

/// The address in "a@b" or "Name <a@b>". kInvalidArgument: there is none, or a
/// line break or other control character, which would begin another header.
Result<std::string> mail_address(std::string_view mailbox);

/// A header's value: as it is if plain ASCII, else in encoded words of at most 75
/// characters, which never cut a code point. Lines are folded.
std::string encode_header_text(std::string_view text);

/// The message with CRLF at the end of each line, all bodies in base64: no line
/// is longer than 78 characters but those of addresses. kInvalidArgument: control
/// characters in a header, no recipient, a text that is not UTF-8.
Result<std::string> encode_mail(const MailMessage& message);

}  // namespace cofre::report
