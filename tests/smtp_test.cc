// Mails to a real server: aiosmtpd, plain, with STARTTLS and with TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/file.h"
#include "base/subprocess.h"
#include "net/http_client.h"
#include "net/smtp_client.h"
#include "report/mail_message.h"
#include "report/notice_delivery.h"
#include "testing/script_server.h"

namespace cofre::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SmtpServerTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(dir_) << dir_.error().message(); }

    /// Signed by itself, for 127.0.0.1 and localhost.
    void make_certificate() {
        Command command;
        command.argv = {"openssl",  "req",           "-x509",   "-newkey",
                        "rsa:2048", "-nodes",        "-days",   "2",
                        "-subj",    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                        "-keyout",  key().native(),  "-out",    certificate().native()};
        const auto result = run_command({}, command, {});
        ASSERT_TRUE(result && result->status.ok()) << (result ? result->error_output : result.error().message());
    }
    std::filesystem::path key() const { return dir_->path() / "key.pem"; }
    std::filesystem::path certificate() const { return dir_->path() / "cert.pem"; }

    std::unique_ptr<ScriptServer> start(const std::string& mode) {
        std::vector<std::string> arguments = {mode, dir_->path().native()};
        if (mode == "starttls" || mode == "tls") {
            make_certificate();
            arguments.push_back(certificate().native());
            arguments.push_back(key().native());
        }
        return std::make_unique<ScriptServer>("smtp_server.py", arguments);
    }
    net::SmtpServer address(const ScriptServer& server, net::SmtpSecurity security) const {
        net::SmtpServer result;
        result.host = "127.0.0.1";
        result.port = server.port();
        result.security = security;
        result.timeout = std::chrono::seconds(20);
        if (security != net::SmtpSecurity::kNone) {
            result.user = "cofre";
            result.password = Secret("s3cret pass");
            result.ca_bundle = certificate();
        }
        return result;
    }
    nlohmann::json mail(int number) const {
        const auto text = read_small_file(dir_->path() / (std::to_string(number) + ".json"), 1 << 20);
        return text ? nlohmann::json::parse(*text) : nlohmann::json();
    }

    Result<TempDir> dir_ = TempDir::create("smtp_test");
    const net::SmtpEnvelope envelope_{"cofre@example.com", {"a@example.com", "b@example.com"}};
};

const std::string kShortMail = "Subject: x\r\n\r\n.\r\n..two\r\nend\r\n";

TEST_F(SmtpServerTest, LinesOfDotsArriveAsTheyAre) {
    const auto server = start("plain");
    const auto sent = net::send_mail({}, address(*server, net::SmtpSecurity::kNone), envelope_, kShortMail);
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_EQ(mail(1)["data"], kShortMail);
    EXPECT_EQ(mail(1)["from"], "cofre@example.com");
    EXPECT_THAT(mail(1)["to"].get<std::vector<std::string>>(), ElementsAre("a@example.com", "b@example.com"));
}

TEST_F(SmtpServerTest, StartTlsWithAPassword) {
    const auto server = start("starttls");
    const auto sent = net::send_mail({}, address(*server, net::SmtpSecurity::kStartTls), envelope_, kShortMail);
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_EQ(mail(1)["tls"], true);
    EXPECT_EQ(mail(1)["user"], true);
}

TEST_F(SmtpServerTest, TlsFromTheFirstByte) {
    const auto server = start("tls");
    const auto sent = net::send_mail({}, address(*server, net::SmtpSecurity::kTls), envelope_, kShortMail);
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_EQ(mail(1)["data"], kShortMail);
}

TEST_F(SmtpServerTest, WithoutStartTlsNothingIsSent) {
    const auto server = start("plain");
    auto plain = address(*server, net::SmtpSecurity::kStartTls);
    plain.ca_bundle.reset();
    const auto sent = net::send_mail({}, plain, envelope_, kShortMail);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), ErrorCode::kUnsupported) << sent.error().message();
    EXPECT_TRUE(mail(1).is_null());
}

TEST_F(SmtpServerTest, AnUnknownCertificateIsRefused) {
    const auto server = start("starttls");
    auto unknown = address(*server, net::SmtpSecurity::kStartTls);
    unknown.ca_bundle.reset();
    const auto sent = net::send_mail({}, unknown, envelope_, kShortMail);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), ErrorCode::kUnauthenticated) << sent.error().message();
    EXPECT_TRUE(mail(1).is_null());
}

TEST_F(SmtpServerTest, AWrongPasswordIsNotRepeated) {
    const auto server = start("starttls");
    auto wrong = address(*server, net::SmtpSecurity::kStartTls);
    wrong.password = Secret("hunter2hunter2");
    const auto sent = net::send_mail({}, wrong, envelope_, kShortMail);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), ErrorCode::kUnauthenticated) << sent.error().message();
    EXPECT_THAT(sent.error().message(), Not(HasSubstr("hunter2")));
}

TEST_F(SmtpServerTest, OneDeadAddressDoesNotKeepTheNewsFromOthers) {
    const auto server = start("dead-rcpt");
    const auto sent = net::send_mail({}, address(*server, net::SmtpSecurity::kNone),
                                     {"c@example.com", {"gone@example.com", "a@example.com"}}, kShortMail);
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_THAT(mail(1)["to"].get<std::vector<std::string>>(), ElementsAre("a@example.com"));
    ASSERT_EQ(sent->refusals.size(), 1U);
    EXPECT_THAT(sent->refusals[0], HasSubstr("no such user"));
}

TEST_F(SmtpServerTest, F60_RefusedForGoodAndForNowDiffer) {
    const auto refusing = start("refuse");
    const auto for_good = net::send_mail({}, address(*refusing, net::SmtpSecurity::kNone), envelope_, kShortMail);
    ASSERT_FALSE(for_good);
    EXPECT_FALSE(for_good.error().is_retryable()) << for_good.error().message();
    EXPECT_THAT(for_good.error().message(), HasSubstr("not wanted here"));
    const auto busy = start("busy");
    const auto for_now = net::send_mail({}, address(*busy, net::SmtpSecurity::kNone), envelope_, kShortMail);
    ASSERT_FALSE(for_now);
    EXPECT_TRUE(for_now.error().is_retryable()) << for_now.error().message();
}

TEST_F(SmtpServerTest, F60_ASilentServerCostsNoMoreThanItsTimeout) {
    const auto server = start("silent");
    auto slow = address(*server, net::SmtpSecurity::kNone);
    slow.timeout = std::chrono::milliseconds(500);
    const auto sent = net::send_mail({}, slow, envelope_, kShortMail);
    ASSERT_FALSE(sent);
    EXPECT_TRUE(sent.error().is_retryable()) << sent.error().message();
}

TEST_F(SmtpServerTest, AnAddressCannotBeACommand) {
    net::SmtpServer server;
    server.host = "127.0.0.1";
    server.security = net::SmtpSecurity::kNone;
    for (const char* const bad : {"a@b>\r\nRCPT TO:<evil@example.com", "a b@c", ""}) {
        EXPECT_EQ(net::send_mail({}, server, {bad, {"a@b"}}, "x").error().code(), ErrorCode::kInvalidArgument);
        EXPECT_EQ(net::send_mail({}, server, {"a@b", {bad}}, "x").error().code(), ErrorCode::kInvalidArgument);
    }
    server.host = "mail.example\r\nX";
    EXPECT_EQ(net::send_mail({}, server, {"a@b", {"a@b"}}, "x").error().code(), ErrorCode::kInvalidArgument);
    server.host = "mail.example";
    server.user = "u";
    EXPECT_EQ(net::send_mail({}, server, {"a@b", {"a@b"}}, "x").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SmtpServerTest, ANoticeArrivesAsAMail) {
    const auto server = start("starttls");
    report::ChannelSettings settings;
    settings.name = "mail";
    settings.kind = report::ChannelKind::kEmail;
    settings.smtp = address(*server, net::SmtpSecurity::kStartTls);
    settings.mail_from = "Cofre ação <cofre@example.com>";
    settings.mail_to = {"a@example.com"};
    settings.language = report::NoticeLanguage::kPortuguese;
    report::Notice notice;
    notice.kind = report::NoticeKind::kSucceeded;
    notice.job = "site";
    notice.at = *parse_rfc3339("2026-11-22T01:36:59Z");
    const auto http = net::HttpClient::create({});
    ASSERT_TRUE(http);
    const auto outcome = report::deliver({}, **http, settings, notice);
    ASSERT_TRUE(outcome) << outcome.error().message();
    const auto data = mail(1)["data"].get<std::string>();
    EXPECT_THAT(data, HasSubstr("Subject: =?UTF-8?B?" + base64_encode(as_bytes("Backup site concluído")) + "?=\r\n"));
    EXPECT_THAT(data, HasSubstr("Auto-Submitted: auto-generated\r\n"));
    EXPECT_THAT(data, HasSubstr("multipart/alternative"));
}

}  // namespace
}  // namespace cofre::testing
