#pragma once

/// @file
/// An STS on loopback that tests own.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aws/sts_endpoint.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "net/url.h"
#include "scripted_http.h"

namespace cofre::aws::testing {

/// Gives the sets "session-1", "session-2", … to whoever asks. Thread-safe.
class FakeSts {
public:
    explicit FakeSts(Clock& clock, std::chrono::milliseconds life = std::chrono::hours(1))
        : clock_(clock),
          life_(life),
          server_(*scripted::HttpServer::start([](const scripted::Request&) { return scripted::WireFault{}; },
                                               [this](const scripted::Request& request) { return serve(request); })) {}

    StsEndpoint endpoint() const {
        return {.url = server_->url(), .region = "eu-west-1", .is_configured = true, .ca_bundle = {}};
    }
    std::string url() const { return server_->url(); }

    void set_life(std::chrono::milliseconds life) {
        state_.with([&](State&) { life_ = life; });
    }

    /// The next answers; after them, sets again.
    void answer_next(scripted::Reply reply) {
        state_.with([&](State& s) { s.scripted.push_back(std::move(reply)); });
    }
    void fail_next(int status, const std::string& code, const std::string& message = "because") {
        answer_next({.status = status,
                     .headers = {},
                     .body = "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message +
                             "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"});
    }

    int calls() const {
        return state_.with([](const State& s) { return static_cast<int>(s.requests.size()); });
    }
    scripted::Request last() const {
        return state_.with([](const State& s) { return s.requests.back(); });
    }

    /// A parameter of the last request; empty if it had none of that name.
    std::string parameter(const std::string& name) const {
        const scripted::Request request = last();
        for (const auto& parameter : net::parse_query(request.body)) {
            if (parameter.name == name) return parameter.value;
        }
        return {};
    }

private:
    struct State {
        std::deque<scripted::Reply> scripted;
        std::vector<scripted::Request> requests;
        int sets = 0;
    };

    scripted::Reply serve(const scripted::Request& request) {
        return state_.with([&](State& s) -> scripted::Reply {
            s.requests.push_back(request);
            if (!s.scripted.empty()) {
                auto reply = s.scripted.front();
                s.scripted.pop_front();
                return reply;
            }
            if (request.body.find("Action=GetCallerIdentity") != std::string::npos) {
                return {.status = 200,
                        .headers = {},
                        .body =
                            "<GetCallerIdentityResponse><GetCallerIdentityResult>"
                            "<Arn>arn:aws:iam::123456789012:user/ana</Arn><UserId>AIDA</UserId>"
                            "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"};
            }
            const std::string number = std::to_string(++s.sets);
            const std::string action = request.body.substr(7, request.body.find('&') - 7);
            return {.status = 200,
                    .headers = {},
                    .body = "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
                            "Result><AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>session-" +
                            number + "</AccessKeyId><SecretAccessKey>secret-" + number +
                            "</SecretAccessKey><SessionToken>token-" + number + "</SessionToken><Expiration>" +
                            format_rfc3339(clock_.wall_now() + life_) + "</Expiration></Credentials></" + action +
                            "Result></" + action + "Response>"};
        });
    }

    Clock& clock_;
    std::chrono::milliseconds life_;  // Guarded by state_.
    Guarded<State> state_;
    std::unique_ptr<scripted::HttpServer> server_;  // Last: its threads use the rest.
};

}  // namespace cofre::aws::testing
