// What stands between cofre and the store: TLS that must not be trusted, and
// proxies that change how answers travel. Through the binary.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/job_fixture.h"
#include "testing/script_server.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// --- Fault row F61.

/// An authority and certificates of it, made by openssl(1).
class TestAuthority {
public:
    TestAuthority() {
        run({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
             at("ca.key"), "-out", ca(), "-days", "30", "-subj", "/CN=Cofre test authority"});
    }

    std::string at(const std::string& name) const { return (folder_->path() / name).string(); }
    std::string ca() const { return at("ca.pem"); }

    /// NAME.pem and NAME.key. `days` below zero: it has expired.
    void issue(const std::string& name, const std::string& host, int days) {
        run({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", at(name + ".key"),
             "-out", at(name + ".csr"), "-subj", "/CN=" + host});
        ASSERT_TRUE(write_file(at(name + ".ext"), "subjectAltName=DNS:" + host + "\n"));
        const std::vector<std::string> clock =
            days < 0 ? std::vector<std::string>{"faketime", "-f", "-10d"} : std::vector<std::string>{};
        run({"x509", "-req", "-in", at(name + ".csr"), "-CA", ca(), "-CAkey", at("ca.key"), "-CAcreateserial", "-days",
             std::to_string(std::abs(days)), "-extfile", at(name + ".ext"), "-out", at(name + ".pem")},
            clock);
    }

private:
    void run(std::vector<std::string> arguments, std::vector<std::string> wrapper = {}) {
        wrapper.emplace_back("openssl");
        wrapper.insert(wrapper.end(), arguments.begin(), arguments.end());
        const auto result = run_child({.argv = wrapper, .environment = clean_environment(folder_->path())});
        ASSERT_TRUE(result && result->exit_code == 0) << (result ? result->describe() : result.error().message());
    }

    Result<TempDir> folder_ = TempDir::create("authority");
};

class TlsFaults : public ::testing::Test {
protected:
    void SetUp() override {
        cofre_.set_all({{"AWS_ACCESS_KEY_ID", "AKIDCANARY"},
                        {"AWS_SECRET_ACCESS_KEY", "canary-secret"},
                        {"AWS_REGION", "us-east-1"}});
    }

    /// `cofre s3 ls` against a server with this certificate.
    ChildResult list(const std::string& certificate, const std::string& version, bool with_ca = true) {
        server_.emplace("tls_server.py", std::vector<std::string>{authority_.at(certificate + ".pem"),
                                                                  authority_.at(certificate + ".key"), version, log()});
        std::vector<std::string> command = {"s3", "ls", "s3://bucket", "--path-style", "--endpoint", endpoint()};
        if (with_ca) command.insert(command.end(), {"--ca-bundle", authority_.ca()});
        return cofre_.run(command);
    }
    std::string endpoint() const { return "https://localhost:" + std::to_string(server_->port()); }
    std::string log() const { return authority_.at("log"); }

    void expect_refused(const ChildResult& result, const std::string& reason) {
        EXPECT_STATUS(1, result);
        EXPECT_THAT(result.err, HasSubstr(reason));
        EXPECT_FALSE(fs::exists(log())) << "something was sent to it";
    }

    TestAuthority authority_;
    CliRunner cofre_;
    std::optional<ScriptServer> server_;
};

TEST_F(TlsFaults, F61ACertificateThatIsTrustedIsUsed) {
    authority_.issue("good", "localhost", 5);
    ASSERT_STATUS(0, list("good", "1.3"));
    EXPECT_TRUE(fs::exists(log()));
    ASSERT_STATUS(0, list("good", "1.2"));
}

TEST_F(TlsFaults, F61AnExpiredCertificateIsRefused) {
    authority_.issue("expired", "localhost", -2);
    const auto result = list("expired", "1.3");
    expect_refused(result, "certificate has expired");
    EXPECT_THAT(result.err, HasSubstr("renewed"));
}

TEST_F(TlsFaults, F61ACertificateOfAnotherHostIsRefused) {
    authority_.issue("other", "other.example.org", 5);
    expect_refused(list("other", "1.3"), "not trusted");
}

TEST_F(TlsFaults, F61AnUnknownAuthorityIsRefused) {
    authority_.issue("good", "localhost", 5);
    const auto result = list("good", "1.3", /*with_ca=*/false);
    expect_refused(result, "not trusted");
    EXPECT_THAT(result.err, HasSubstr("CA bundle"));
}

TEST_F(TlsFaults, F61OldProtocolsAreRefused) {
    authority_.issue("good", "localhost", 5);
    expect_refused(list("good", "1.1"), "TLS 1.2");
}

TEST_F(TlsFaults, F61NothingFallsBackToPlainText) {
    const ScriptServer plain("odd_proxy.py", {"plain", "127.0.0.1:9"});
    const auto result = cofre_.run(
        {"s3", "ls", "s3://bucket", "--path-style", "--endpoint", "https://127.0.0.1:" + std::to_string(plain.port())});
    EXPECT_STATUS(1, result);
    EXPECT_THAT(result.err, HasSubstr("does not speak TLS"));
}

TEST_F(TlsFaults, DoctorShowsTheCertificateItDoesNotTrust) {
    authority_.issue("expired", "localhost", -2);
    ASSERT_STATUS(1, list("expired", "1.3"));
    const auto result =
        cofre_.run({"doctor", "s3://bucket", "--path-style", "--endpoint", endpoint(), "--ca-bundle", authority_.ca()});
    EXPECT_STATUS(1, result);
    EXPECT_THAT(result.out, HasSubstr("CN = localhost, expired on "));
    EXPECT_THAT(result.out, HasSubstr("certificate has expired"));
}

// --- Fault row F63.

class ProxyFaults : public JobTest, public ::testing::WithParamInterface<const char*> {
protected:
    void SetUp() override {
        JobTest::SetUp();
        ASSERT_TRUE(build_tree(source(), {.files = 12, .hostile_names = false}));
        // Compresses well, so that a proxy that compresses has its way.
        ASSERT_TRUE(write_file(source() / "large", std::string(6'000'000, 'z')));
        s3_target();  // The bucket is made without the proxy.
    }

    void go_through(const std::string& mode) {
        const std::string upstream = shared_rgw().endpoint().substr(std::string("http://").size());
        proxy_.emplace("odd_proxy.py", std::vector<std::string>{mode, upstream});
        cofre_.set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + std::to_string(proxy_->port()));
    }

    std::optional<ScriptServer> proxy_;
};

TEST_P(ProxyFaults, F63BytesComeThroughRight) {
    go_through(GetParam());
    const std::vector<std::string> in_parts = {"--multipart-threshold", "5MiB", "--part-size", "5MiB"};
    ASSERT_STATUS(0, backup(s3_target(), in_parts));
    ASSERT_STATUS(0, verify(s3_target()));
    ASSERT_STATUS(0, restore(s3_target()));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

INSTANTIATE_TEST_SUITE_P(Modes, ProxyFaults, ::testing::Values("close", "http10", "gzip", "expect"),
                         [](const auto& param) { return std::string(param.param); });

// One that compresses although it was told not to: nothing wrong is believed.
TEST_F(ProxyFaults, F63AnswersCompressedOnTheWayAreRefusedByName) {
    ASSERT_STATUS(0, backup(s3_target()));
    go_through("rude-gzip");
    for (const auto& result : {restore(s3_target()), verify(s3_target()), backup(s3_target())}) {
        EXPECT_STATUS(1, result);
        EXPECT_THAT(result.err, HasSubstr("compressed on its way"));
        EXPECT_THAT(result.err, HasSubstr("proxy"));
    }
    const auto fetched = cofre_.run({"s3", "cp", s3_target() + "/large", (folder() / "fetched").string()});
    EXPECT_THAT(fetched.exit_code, AnyOf(1, 2)) << fetched.describe();
    EXPECT_FALSE(fs::exists(folder() / "fetched"));
}

}  // namespace
}  // namespace cofre::testing
