#include <utility>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "aws/credentials.h"
#include "aws/shared_config.h"
#include "aws/sigv4.h"
#include "base/encoding.h"
#include "base/file.h"
#include "cli/app.h"
#include "cli/raw_request.h"
#include "s3/endpoint.h"
#include "source/path_filter.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxInput = 16U << 20U;
constexpr std::chrono::seconds kDefaultLifetime{3600};

/// These commands print JSON whatever --json says.
int print_document(const Json& document) {
    const auto text = document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    return write_all(STDOUT_FILENO, as_bytes(text), "standard output") ? kExitDone : kExitFatal;
}

/// The context file of the suite, with its defaults.
struct SigningContext {
    aws::Credentials credentials;
    std::string region;
    std::string service;
    WallTime time{};
    bool normalize = true;
    bool sign_body = false;
    bool omit_session_token = false;
    std::chrono::seconds lifetime = kDefaultLifetime;
};

Result<SigningContext> parse_context(const std::string& text) {
    SigningContext context;
    std::string timestamp;
    try {
        const auto in = nlohmann::json::parse(text);
        const auto& keys = in.at("credentials");
        context.credentials.access_key_id = keys.at("access_key_id").get<std::string>();
        context.credentials.secret_access_key = Secret(keys.at("secret_access_key").get<std::string>());
        context.credentials.session_token = Secret(keys.value("token", ""));
        context.region = in.at("region").get<std::string>();
        context.service = in.at("service").get<std::string>();
        context.normalize = in.value("normalize", true);
        context.sign_body = in.value("sign_body", false);
        context.omit_session_token = in.value("omit_session_token", false);
        context.lifetime = std::chrono::seconds(in.value("expiration_in_seconds", kDefaultLifetime.count()));
        timestamp = in.at("timestamp").get<std::string>();
    } catch (const nlohmann::json::exception& e) {
        return Error(ErrorCode::kInvalidArgument, std::string("signing context: ") + e.what());
    }
    COFRE_ASSIGN(context.time, parse_rfc3339(timestamp));
    return context;
}

Json headers_json(const net::HttpHeaders& headers) {
    Json list = Json::array();
    for (const auto& header : headers)
        list.push_back({{"name", header.name}, {"value", header.value}});
    return list;
}

Result<Json> sign_raw(const RawRequest& raw, const SigningContext& context, bool by_query) {
    const aws::SigningScope scope{context.region, context.service, context.time};
    const auto key = aws::derive_signing_key(context.credentials.secret_access_key, scope);
    const std::string body_hash = crypto::sha256(raw.body).hex();
    net::HttpHeaders headers = raw.headers;
    if (context.sign_body && !by_query) headers.push_back({"x-amz-content-sha256", body_hash});
    const auto rule = context.normalize         ? aws::PathRule::kNormalizeAndEncode
                      : context.service == "s3" ? aws::PathRule::kAsSent
                                                : aws::PathRule::kEncode;
    const aws::SignableRequest request{.method = raw.method,
                                       .path = raw.path,
                                       .query = raw.query,
                                       .headers = &headers,
                                       .payload_sha256 = body_hash,
                                       .path_rule = rule};
    const auto token = context.omit_session_token ? aws::TokenRule::kAddAfter : aws::TokenRule::kSigned;
    Json out;
    if (by_query) {
        const auto signed_query = aws::sign_query(request, scope, context.credentials, key, context.lifetime, token);
        out = {{"canonical_request", signed_query.signature.canonical_request},
               {"string_to_sign", signed_query.signature.string_to_sign},
               {"signature", signed_query.signature.signature}};
        std::string host(net::find_header(raw.headers, "host"));
        while (host.starts_with(' '))
            host.erase(0, 1);
        out["url"] = "https://" + host + raw.path + "?" + signed_query.query;
        return out;
    }
    const auto signature = aws::sign_headers(request, headers, scope, context.credentials, key, token);
    out = {{"canonical_request", signature.canonical_request},
           {"string_to_sign", signature.string_to_sign},
           {"signature", signature.signature},
           {"headers", headers_json(headers)}};
    return out;
}

Result<Json> sign_files(const DebugSignOptions& options) {
    COFRE_ASSIGN(const auto request_text, read_small_file(options.request, kMaxInput));
    COFRE_ASSIGN(const auto context_text, read_small_file(options.context, kMaxInput));
    COFRE_ASSIGN(const auto request, parse_raw_request(request_text));
    COFRE_ASSIGN(const auto context, parse_context(context_text));
    return sign_raw(request, context, options.mode == "query");
}

Result<Json> url_of(const DebugUrlOptions& options) {
    s3::EndpointOptions endpoint{.bucket = options.bucket, .endpoint = options.endpoint, .allow_http = true};
    if (!options.region.empty()) endpoint.region = options.region;
    endpoint.style = s3::guess_provider(options.endpoint).addressing;
    if (options.style == "path") endpoint.style = s3::AddressingStyle::kPath;
    if (options.style == "virtual") endpoint.style = s3::AddressingStyle::kVirtualHost;
    COFRE_ASSIGN(const auto place, s3::Endpoint::create(endpoint));
    const auto target = place.target(options.key, "");
    return Json{{"url", target.url}, {"host", target.host}};
}

Result<Json> profiles_json(const std::string& only) {
    COFRE_ASSIGN(const auto profiles, aws::load_aws_profiles());
    Json list = Json::object();
    for (const auto& [name, settings] : profiles) {
        if (!only.empty() && name != only) continue;
        list[name] = settings;
    }
    if (!only.empty() && list.empty()) {
        return Error(ErrorCode::kNotFound, "the AWS files have no profile \"" + only + "\"");
    }
    return Json{{"profiles", std::move(list)}};
}

Result<Json> credentials_json(const App& app, const DebugCredentialsOptions& options) {
    const auto chain =
        aws::make_default_chain(options.profile.empty() ? std::nullopt : std::optional(options.profile), app.clock);
    std::vector<aws::SkippedProvider> skipped;
    COFRE_ASSIGN(const auto credentials, chain->explain(app.ctx, skipped));
    Json out = {{"source", credentials.source}, {"access_key_id", credentials.access_key_id}, {"expires_at", nullptr}};
    if (credentials.expires_at) out["expires_at"] = format_rfc3339(*credentials.expires_at);
    out["skipped"] = Json::array();
    for (const auto& link : skipped)
        out["skipped"].push_back({{"source", link.name}, {"reason", link.reason}});
    if (options.show_secrets) {
        out["secret_access_key"] = credentials.secret_access_key.reveal();
        out["session_token"] = credentials.session_token.reveal();
    }
    return out;
}

int finish(const App& app, const Result<Json>& document) {
    return document ? print_document(*document) : fail(app, document.error());
}

}  // namespace

int run_command(const App& app, const DebugSignOptions& options) {
    return finish(app, sign_files(options));
}

int run_command(const App& app, const DebugUrlOptions& options) {
    return finish(app, url_of(options));
}

int run_command(const App& app, const DebugAwsConfigOptions& options) {
    return finish(app, profiles_json(options.profile));
}

int run_command(const App& app, const DebugCredentialsOptions& options) {
    return finish(app, credentials_json(app, options));
}

int run_command(const App& app, const DebugMatchOptions& options) {
    const auto pattern = source::PathPattern::parse(options.pattern, options.ignore_case);
    if (!pattern) return fail(app, pattern.error());
    return print_document({{"match", pattern->matches(options.path)}});
}

}  // namespace cofre::cli
