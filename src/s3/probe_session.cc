#include "s3/probe_session.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "crypto/random.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

using std::chrono::milliseconds;

/// Aborting frees parts that were on their way only when it is repeated.
constexpr int kAbortRounds = 3;

/// One signer for several clients, each of which wants to own one.
class SharedSigner final : public aws::CredentialProvider {
public:
    explicit SharedSigner(std::shared_ptr<aws::CredentialProvider> inner) : inner_(std::move(inner)) {}
    std::string name() const override { return inner_->name(); }
    Result<aws::Credentials> resolve(const CallContext& ctx) override { return inner_->resolve(ctx); }
    void invalidate(const aws::Credentials& rejected) override { inner_->invalidate(rejected); }

private:
    std::shared_ptr<aws::CredentialProvider> inner_;
};

S3Request raw_request(S3Operation operation, std::string_view method, const std::string& key,
                      net::HttpHeaders headers) {
    S3Request request;
    request.operation = operation;
    request.method = method;
    request.key = key;
    request.headers = std::move(headers);
    return request;
}

}  // namespace

Result<std::unique_ptr<ProbeSession>> ProbeSession::create(const CallContext& ctx, S3Options store,
                                                           std::unique_ptr<aws::CredentialProvider> signer,
                                                           std::string_view prefix, Clock& clock) {
    // A refusal is an answer here: the store is given one more chance to answer
    // at all, and not minutes of it.
    store.max_attempts = 2;
    store.part_deadline = milliseconds(60'000);
    store.max_connections = 8;
    std::unique_ptr<ProbeSession> session(new ProbeSession(ctx, std::move(store), clock));
    session->target_prefix_ = prefix;
    session->scratch_ = std::string(prefix) + "cofre-probe-" + crypto::random_hex(8) + "/";
    session->signer_ = std::move(signer);
    S3Options as_configured = session->store_;
    COFRE_ASSIGN(auto client, S3Client::create(as_configured, std::make_unique<SharedSigner>(session->signer_), clock));
    session->style_ = client->endpoint()->style();
    session->measured = client->profile();
    session->clients_[session->style_] = std::move(client);
    COFRE_ASSIGN(session->bare_, net::HttpClient::create({.max_connections = 2,
                                                          .connect_timeout = session->store_.connect_timeout,
                                                          .idle_timeout = session->store_.idle_timeout,
                                                          .ca_bundle = session->store_.ca_bundle},
                                                         clock));
    return session;
}

S3Client* ProbeSession::client_for(AddressingStyle style, std::string& why) {
    if (const auto found = clients_.find(style); found != clients_.end()) return found->second.get();
    S3Options options = store_;
    options.addressing = style;
    auto client = S3Client::create(options, std::make_unique<SharedSigner>(signer_), clock_);
    if (!client) {
        why = client.error().message();
        return nullptr;
    }
    if ((*client)->endpoint()->style() != style) {
        why = "a host name cannot hold this bucket's name, or the endpoint is an address";
        return nullptr;
    }
    return clients_.emplace(style, *std::move(client)).first->second.get();
}

S3Outcome ProbeSession::send_with(const CallContext& ctx, const S3Request& request) {
    CallContext limited = ctx;
    limited.deadline = std::min(ctx.deadline, clock_.now() + store_.part_deadline);
    return client().send(limited, request);
}

S3Outcome ProbeSession::send(const S3Request& request) {
    S3Outcome outcome = send_with(ctx_, request);
    if (const auto date = parse_http_date(outcome.response.header("date"))) {
        // The Date has whole seconds: it was on average half a second later.
        const auto offset = *date + milliseconds(500) - clock_.wall_now();
        clock_offset_ = std::chrono::duration_cast<milliseconds>(offset);
    }
    return outcome;
}

S3Outcome ProbeSession::put(const std::string& key, std::string_view body, net::HttpHeaders headers) {
    auto request = raw_request(S3Operation::kPutObject, "PUT", key, std::move(headers));
    request.has_text = true;
    request.text = body;
    remember(key);
    S3Outcome outcome = send(request);
    remember(key, outcome.response);
    return outcome;
}

S3Outcome ProbeSession::get(const std::string& key, net::HttpHeaders headers) {
    auto request = raw_request(S3Operation::kGetObject, "GET", key, std::move(headers));
    request.max_reply = 1_MiB;
    return send(request);
}

S3Outcome ProbeSession::head(const std::string& key, net::HttpHeaders headers) {
    return send(raw_request(S3Operation::kHeadObject, "HEAD", key, std::move(headers)));
}

S3Outcome ProbeSession::remove(const std::string& key) {
    S3Outcome outcome = send(raw_request(S3Operation::kDeleteObject, "DELETE", key, {}));
    remember(key, outcome.response);  // The marker is a version too.
    return outcome;
}

S3Outcome ProbeSession::ask(const std::string& key, net::QueryParameters query, net::HttpHeaders headers,
                            std::size_t max_reply) {
    auto request =
        raw_request(key.empty() ? S3Operation::kListObjects : S3Operation::kGetObject, "GET", key, std::move(headers));
    request.query = std::move(query);
    request.max_reply = max_reply;
    return send(request);
}

Result<net::HttpResponse> ProbeSession::send_bare(const net::HttpRequest& request) {
    return bare_->send(ctx_, request);
}

Result<std::string> ProbeSession::begin_upload(const std::string& key, S3Outcome& outcome) {
    auto request = raw_request(S3Operation::kCreateMultipartUpload, "POST", key, {});
    request.query = {{"uploads", ""}};
    request.has_text = true;
    outcome = send(request);
    if (outcome.error) return *outcome.error;
    COFRE_ASSIGN(auto id, parse_upload_id(outcome.response.body));
    uploads_.emplace_back(key, id);
    return id;
}

S3Outcome ProbeSession::put_part(const std::string& key, const std::string& upload_id, int number,
                                 std::string_view body) {
    auto request = raw_request(S3Operation::kUploadPart, "PUT", key, {});
    request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}};
    request.has_text = true;
    request.text = body;
    return send(request);
}

S3Outcome ProbeSession::complete(const std::string& key, const std::string& upload_id,
                                 std::span<const UploadedPart> parts) {
    const std::string document = complete_document(parts, /*with_checksum=*/false);
    auto request =
        raw_request(S3Operation::kCompleteMultipartUpload, "POST", key, {{"content-type", "application/xml"}});
    request.query = {{"uploadId", upload_id}};
    request.has_text = true;
    request.text = document;
    request.result_in_body = true;
    remember(key);
    S3Outcome outcome = send(request);
    remember(key, outcome.response);
    return outcome;
}

S3Outcome ProbeSession::abort(const std::string& key, const std::string& upload_id) {
    auto request = raw_request(S3Operation::kAbortMultipartUpload, "DELETE", key, {});
    request.query = {{"uploadId", upload_id}};
    return send(request);
}

void ProbeSession::remember(const std::string& key, const net::HttpResponse& response) {
    auto& versions = made_[key];
    const std::string_view version = response.header("x-amz-version-id");
    if (!version.empty() && version != "null") versions.emplace_back(version);
}

std::optional<std::string> ProbeSession::remove_leftover(const CallContext& ctx, const std::string& key,
                                                         const std::string& version) {
    auto request = raw_request(S3Operation::kDeleteObject, "DELETE", key, {});
    if (!version.empty()) request.query = {{"versionId", version}};
    const S3Outcome outcome = send_with(ctx, request);
    if (outcome.ok() || outcome.error->code() == ErrorCode::kNotFound) return std::nullopt;
    return escape_for_display(key) + (version.empty() ? "" : " version " + version) + ": " + outcome.error->message();
}

std::optional<std::string> ProbeSession::abort_leftover(const CallContext& ctx, const std::string& key,
                                                        const std::string& upload_id) {
    auto request = raw_request(S3Operation::kAbortMultipartUpload, "DELETE", key, {});
    request.query = {{"uploadId", upload_id}};
    std::optional<Error> last;
    for (int round = 0; round < kAbortRounds; ++round) {
        const S3Outcome outcome = send_with(ctx, request);
        if (!outcome.ok() && outcome.error->code() == ErrorCode::kNotFound) return std::nullopt;
        last = outcome.error;
        if (!outcome.ok()) break;
    }
    if (!last) return std::nullopt;
    return "upload " + upload_id + " of " + escape_for_display(key) + ": " + last->message();
}

// Those whose id was never seen, because the answer was lost or the probe stopped.
void ProbeSession::find_lost_uploads(const CallContext& ctx) {
    auto request = list_multipart_uploads(scratch_, "", "");
    const S3Outcome outcome = send_with(ctx, request);
    if (!outcome.ok()) return;  // Not every key may list them; known ones are aborted all the same.
    const auto page = parse_upload_page(outcome.response.body);
    if (!page) return;
    for (const auto& upload : page->uploads) {
        if (upload.key.starts_with(scratch_)) uploads_.emplace_back(upload.key, upload.upload_id);
    }
}

std::vector<std::string> ProbeSession::clean_up(const CallContext& ctx) {
    std::vector<std::string> left;
    if (made_.empty() && uploads_.empty()) return left;
    find_lost_uploads(ctx);
    const auto note = [&](std::optional<std::string> problem) {
        if (problem) left.push_back(*std::move(problem));
    };
    for (const auto& [key, id] : uploads_)
        note(abort_leftover(ctx, key, id));
    for (const auto& [key, versions] : made_) {
        // Each version by itself leaves no marker behind.
        if (versions.empty()) note(remove_leftover(ctx, key, ""));
        for (const auto& version : versions)
            note(remove_leftover(ctx, key, version));
    }
    uploads_.clear();
    made_.clear();
    return left;
}

}  // namespace cofre::s3
