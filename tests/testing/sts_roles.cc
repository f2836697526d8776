#include "testing/sts_roles.h"

#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "testing/child_process.h"

namespace cofre::testing {
namespace {

constexpr const char* kAudience = "cofre-test";

/// Asks the server's IAM with curl; the answer, or a failed test.
std::string iam(const RgwServer& server, const std::map<std::string, std::string>& parameters) {
    std::string form;
    for (const auto& [name, value] : parameters)
        form += (form.empty() ? "" : "&") + name + "=" + percent_encode(value);
    const auto answer = run_child({.argv = {"curl", "-sSf", "--aws-sigv4", "aws:amz:us-east-1:iam", "-K", "-",
                                            server.endpoint() + "/", "--data-binary", form},
                                   .environment = clean_environment("/nonexistent"),
                                   .input = "user = \"" + server.access_key() + ":" + server.secret_key() + "\"\n"});
    if (answer && answer->exit_code == 0) return answer->out;
    ADD_FAILURE() << (answer ? answer->describe() : answer.error().message());
    return {};
}

/// A role of its own for each call, which may do everything with S3.
std::string create_role(const RgwServer& server, const std::string& kind, const nlohmann::json& statement) {
    static int roles = 0;
    const std::string name = kind + "-" + std::to_string(::getpid()) + "-" + std::to_string(++roles);
    const auto policy = [](const nlohmann::json& rule) {
        return nlohmann::json{{"Version", "2012-10-17"}, {"Statement", {rule}}}.dump();
    };
    iam(server, {{"Action", "CreateRole"}, {"RoleName", name}, {"AssumeRolePolicyDocument", policy(statement)}});
    iam(server, {{"Action", "PutRolePolicy"},
                 {"RoleName", name},
                 {"PolicyName", "all-of-s3"},
                 {"PolicyDocument", policy({{"Effect", "Allow"}, {"Action", {"s3:*"}}, {"Resource", {"*"}}})}});
    return "arn:aws:iam:::role/" + name;
}

}  // namespace

Issuer::Issuer(std::chrono::seconds lifetime) : folder_(*TempDir::create("issuer")) {
    const auto started = run_child(
        {.argv = {"python3", COFRE_TEST_SOURCE_DIR "/oidc_issuer.py", folder_.path().string(), kAudience,
                  "system:serviceaccount:backup:cofre", std::to_string(::getpid()), std::to_string(lifetime.count())},
         .environment = clean_environment("/nonexistent")});
    EXPECT_TRUE(started && started->exit_code == 0);
}

std::string Issuer::read(const char* name) const {
    return *read_small_file(folder_.path() / name, 65536);
}

std::string role_for_user(const RgwServer& server) {
    return create_role(
        server, "user",
        {{"Effect", "Allow"}, {"Principal", {{"AWS", {"arn:aws:iam:::user/cofre"}}}}, {"Action", {"sts:AssumeRole"}}});
}

std::string role_for_issuer(const RgwServer& server, const Issuer& issuer) {
    iam(server, {{"Action", "CreateOpenIDConnectProvider"},
                 {"Url", issuer.read("url")},
                 {"ClientIDList.member.1", kAudience},
                 {"ThumbprintList.member.1", issuer.read("thumbprint")}});
    const std::string host = issuer.read("url").substr(std::string("http://").size());
    return create_role(server, "pod",
                       {{"Effect", "Allow"},
                        {"Principal", {{"Federated", {"arn:aws:iam:::oidc-provider/" + host}}}},
                        {"Action", {"sts:AssumeRoleWithWebIdentity"}},
                        {"Condition", {{"StringEquals", {{host + ":app_id", kAudience}}}}}});
}

std::string role_for_role(const RgwServer& server, const std::string& role) {
    return create_role(server, "chained",
                       {{"Effect", "Allow"}, {"Principal", {{"AWS", {role}}}}, {"Action", {"sts:AssumeRole"}}});
}

}  // namespace cofre::testing
