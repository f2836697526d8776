#include "api/service_routes.h"

#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guarded.h"
#include "net/http_client.h"
#include "net/http_server.h"

namespace cofre::api {
namespace {

using ::testing::HasSubstr;

class ServiceRoutes : public ::testing::Test {
protected:
    void start(Secret token = {}) {
        net::HttpRouter router;
        const ServicePort port{.status =
                                   [this] {
                                       ServiceStatus status;
                                       status.catalog_error = catalog_error_;
                                       status.jobs.resize(1);
                                       status.jobs[0].name = "shop";
                                       return status;
                                   },
                               .trigger = [this](const std::string& job) -> Status {
                                   if (job != "shop")
                                       return Error(ErrorCode::kNotFound, "there is no job \"" + job + "\"");
                                   asked_ += "trigger ";
                                   return {};
                               },
                               .set_paused = [this](const std::string&, bool paused) -> Status {
                                   asked_ += paused ? "pause " : "resume ";
                                   return {};
                               }};
        ASSERT_TRUE(add_service_routes(router, port));
        net::HttpServerOptions options;
        options.token = std::move(token);
        auto made = net::HttpServer::start(std::move(options), std::move(router));
        ASSERT_TRUE(made) << made.error().message();
        server_ = *std::move(made);
    }
    net::HttpResponse ask(const std::string& method, const std::string& path, const std::string& token = {}) {
        const auto client = *net::HttpClient::create({});
        net::HttpRequest request;
        request.method = method;
        request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
        if (!token.empty()) request.headers.push_back({"Authorization", "Bearer " + token});
        if (method == "POST") request.has_text = true;
        auto response = client->send({}, request);
        EXPECT_TRUE(response) << response.error().message();
        return response ? *std::move(response) : net::HttpResponse();
    }

    std::string catalog_error_;
    std::string asked_;
    std::unique_ptr<net::HttpServer> server_;
};

TEST_F(ServiceRoutes, AnswerPeopleProgramsAndProbes) {
    start();
    const auto page = ask("GET", "/?lang=pt");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(std::string(page.header("content-type")), HasSubstr("text/html"));
    EXPECT_THAT(std::string(page.header("content-security-policy")), HasSubstr("default-src 'none'"));
    EXPECT_THAT(page.body, HasSubstr("shop"));
    EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("cofre_job_health{job_name=\"shop\""));
    EXPECT_THAT(ask("GET", "/api/v1/status").body, HasSubstr("\"name\":\"shop\""));
    EXPECT_EQ(ask("GET", "/healthz").body, "ok\n");
    EXPECT_EQ(ask("GET", "/readyz").status, 200);
    catalog_error_ = "gone";
    EXPECT_EQ(ask("GET", "/readyz").status, 503);
    EXPECT_EQ(ask("GET", "/healthz").status, 200);
    EXPECT_EQ(ask("GET", "/nothing").status, 404);
}

TEST_F(ServiceRoutes, PassOnWhatSomebodyWants) {
    start();
    EXPECT_EQ(ask("POST", "/api/v1/jobs/shop/trigger").status, 202);
    EXPECT_EQ(ask("POST", "/api/v1/jobs/shop/pause").status, 200);
    EXPECT_EQ(ask("POST", "/api/v1/jobs/shop/resume").status, 200);
    EXPECT_EQ(asked_, "trigger pause resume ");
    const auto missing = ask("POST", "/api/v1/jobs/other/trigger");
    EXPECT_EQ(missing.status, 404);
    EXPECT_THAT(missing.body, HasSubstr("there is no job"));
    EXPECT_EQ(ask("GET", "/api/v1/jobs/shop/trigger").status, 405);
}

TEST_F(ServiceRoutes, WantATokenWhereOneIsSetButForProbes) {
    start(Secret("a long token"));
    EXPECT_EQ(ask("GET", "/").status, 401);
    EXPECT_EQ(ask("GET", "/metrics").status, 401);
    EXPECT_EQ(ask("POST", "/api/v1/jobs/shop/trigger").status, 401);
    EXPECT_EQ(ask("GET", "/healthz").status, 200);
    EXPECT_EQ(ask("GET", "/metrics", "a long token").status, 200);
    EXPECT_EQ(asked_, "");
}

}  // namespace
}  // namespace cofre::api
