#include "report/mail_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace cofre::report {
namespace {

using ::testing::HasSubstr;

MailMessage plain_mail() {
    MailMessage mail;
    mail.from = "Cofre <cofre@example.com>";
    mail.to = {"a@example.com", "\"Ops, Team\" <b@example.com>"};
    mail.subject = "Backup site failed";
    mail.text = "line\r\n.dot\r\n";
    mail.date = *parse_rfc3339("2026-11-22T01:36:59Z");
    mail.message_id = "x@example.com";
    return mail;
}

TEST(MailMessage, HasTheHeadersOfItsStandard) {
    const auto text = encode_mail(plain_mail());
    ASSERT_TRUE(text) << text.error().message();
    EXPECT_TRUE(
        text->starts_with("From: \"Cofre\" <cofre@example.com>\r\n"
                          "To: a@example.com,\r\n \"Ops, Team\" <b@example.com>\r\n"
                          "Subject: Backup site failed\r\n"
                          "Date: Sun, 22 Nov 2026 01:36:59 +0000\r\n"
                          "Message-ID: <x@example.com>\r\n"
                          "MIME-Version: 1.0\r\n"
                          "Content-Type: text/plain; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: base64\r\n\r\n"))
        << *text;
    EXPECT_TRUE(text->ends_with(base64_encode(as_bytes("line\r\n.dot\r\n")) + "\r\n"));
}

TEST(MailMessage, HasBothFormsAndAttachments) {
    auto mail = plain_mail();
    mail.html = "<p>x</p>";
    mail.attachments = {{"relatório.pdf", "application/pdf", std::string(1000, '\0')}};
    const auto text = encode_mail(mail);
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("multipart/mixed"));
    EXPECT_THAT(*text, HasSubstr("multipart/alternative"));
    EXPECT_LT(text->find("text/plain"), text->find("text/html"));
    EXPECT_THAT(*text, HasSubstr("filename*=UTF-8''relat%C3%B3rio.pdf"));
    std::size_t start = 0;
    for (std::size_t end = text->find("\r\n"); end != std::string::npos; end = text->find("\r\n", start)) {
        EXPECT_LE(end - start, 100U) << text->substr(start, end - start);
        start = end + 2;
    }
}

TEST(MailMessage, RefusesHeadersInHeaders) {
    for (auto* const field : {"from", "to", "subject", "id", "header", "attachment"}) {
        auto mail = plain_mail();
        const std::string bad = "x@example.com\r\nBcc: evil@example.com";
        const std::string name = field;
        if (name == "from") mail.from = bad;
        if (name == "to") mail.to = {bad};
        if (name == "subject") mail.subject = bad;
        if (name == "id") mail.message_id = bad;
        if (name == "header") mail.headers = {{"X-A", bad}};
        if (name == "attachment") mail.attachments = {{bad, "text/plain", ""}};
        const auto text = encode_mail(mail);
        ASSERT_FALSE(text) << field;
        EXPECT_EQ(text.error().code(), ErrorCode::kInvalidArgument);
    }
}

TEST(MailMessage, EncodesWordsWithoutCuttingCodePoints) {
    std::string subject;
    for (int i = 0; i < 40; ++i)
        subject += "não ";
    const std::string encoded = encode_header_text(subject);
    std::string decoded;
    std::size_t at = 0;
    while (at < encoded.size()) {
        const std::size_t end = std::min(encoded.find("\r\n ", at), encoded.size());
        const std::string word = encoded.substr(at, end - at);
        EXPECT_LE(word.size(), 75U);
        ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?=")) << word;
        decoded += to_text(*base64_decode(word.substr(10, word.size() - 12)));
        at = end + 3;
    }
    EXPECT_EQ(decoded, subject);
    EXPECT_EQ(encode_header_text("plain"), "plain");
    EXPECT_NE(encode_header_text("=?UTF-8?B?eA==?="), "=?UTF-8?B?eA==?=");
}

TEST(MailAddress, IsTakenOutOfAMailbox) {
    EXPECT_EQ(*mail_address("a@b.c"), "a@b.c");
    EXPECT_EQ(*mail_address("Name <a@b.c>"), "a@b.c");
    for (const char* const bad : {"", "a", "@b", "a@", "a b@c", "N <a@b> c", "a@b,c@d", "a@b\n"})
        EXPECT_FALSE(mail_address(bad)) << bad;
}

}  // namespace
}  // namespace cofre::report
