#include "cli/service_place.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "net/http_client.h"

namespace cofre::cli {
namespace {

constexpr std::chrono::seconds kAnswerLimit{30};
constexpr std::size_t kMaxAnswer = 64_MiB;

Error service_error(const net::HttpResponse& response) {
    const auto body = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
    std::string message = "the service answered " + std::to_string(response.status);
    const auto code = response.status == 404 ? ErrorCode::kNotFound : ErrorCode::kInternal;
    if (body.is_object() && body.contains("error") && body["error"].is_object())
        message = body["error"].value("message", message);
    return Error(code, message);
}

}  // namespace

std::filesystem::path service_socket(const config::Config& config) {
    return config.state_dir / "cofre.sock";
}

Result<std::string> ask_service(const App& app, const config::Config& config, const std::string& method,
                                const std::string& path) {
    net::HttpClientOptions options;
    options.unix_socket = service_socket(config);
    COFRE_ASSIGN(const auto client, net::HttpClient::create(options, app.clock));
    const CallContext ctx{app.ctx.stop, app.clock.now() + kAnswerLimit};
    net::HttpRequest request;
    request.method = method;
    request.url = "http://localhost" + path;
    if (!config.server.token.empty())
        request.headers.push_back({"Authorization", "Bearer " + std::string(config.server.token.reveal())});
    if (method == "POST") request.has_text = true;
    auto response = client->send(ctx, request, {.on_head = {}, .on_body = {}, .max_body = kMaxAnswer});
    if (!response) {
        return Error(ErrorCode::kUnavailable, "no service answers at " + options.unix_socket.native())
            .with_hint("start one with `cofre serve`, or run the job here with `cofre run`");
    }
    if (!response->ok()) return service_error(*response);
    return std::move(response->body);
}

}  // namespace cofre::cli
