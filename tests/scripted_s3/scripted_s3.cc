#include "scripted_s3.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "base/encoding.h"
#include "base/guarded.h"
#include "net/url.h"
#include "scripted_signature.h"

namespace cofre::scripted {

struct ScriptedS3::Impl {
    explicit Impl(Options scripted_options) : options(std::move(scripted_options)), state(State(options)) {}

    struct State {
        explicit State(const Options& options)
            : bucket(options.bucket),
              signer{options.region, options.access_key_id, options.secret_access_key, options.session_token} {}
        ScriptedBucket bucket;
        ExpectedSigner signer;
        std::vector<Recorded> requests;
        int received = 0;
        // What was decided on heads whose bodies are still on their way.
        struct UnderWay {
            S3Fault fault;
            std::size_t index = 0;
        };
        std::map<int, UnderWay> by_connection;
    };

    WireFault on_head(const Request& request);
    Reply on_request(Request request);
    Reply work(State& current, const Request& request, const S3Fault& fault, WallTime now) const;
    std::string key_of(const Request& request) const;
    WallTime now() const { return (options.clock != nullptr ? *options.clock : system_clock()).wall_now(); }

    const Options options;
    Guarded<State> state;
    Guarded<Hook> hook;
    std::unique_ptr<HttpServer> server;  // Last: its threads use all of the above.
};

std::string ScriptedS3::Impl::key_of(const Request& request) const {
    const std::string prefix = "/" + options.bucket.name + "/";
    const auto path = percent_decode(request.path());
    return path && path->starts_with(prefix) ? path->substr(prefix.size()) : "";
}

WireFault ScriptedS3::Impl::on_head(const Request& request) {
    Recorded recorded{.method = request.method,
                      .key = key_of(request),
                      .query = std::string(request.query()),
                      .headers = request.headers,
                      .signature_date = std::string(request.header("x-amz-date")),
                      .connection = request.connection};
    const Hook chosen = hook.with([](const Hook& h) { return h; });
    const int index = state.with([&](State& s) {
        if (options.remember_requests) s.requests.push_back(recorded);
        return s.received++;
    });
    S3Fault fault = chosen ? chosen(recorded, index).value_or(S3Fault()) : S3Fault();
    const WireFault wire = fault.wire;
    state.with([&](State& s) {
        s.by_connection[request.connection] = {std::move(fault), static_cast<std::size_t>(index)};
    });
    return wire;
}

Reply ScriptedS3::Impl::on_request(Request request) {
    const WallTime time = now();
    Reply reply = state.with([&](State& s) {
        const auto [fault, index] = std::exchange(s.by_connection[request.connection], {});
        if (options.remember_requests) s.requests[index].body_bytes = request.body.size();
        Reply answer = work(s, request, fault, time);
        if (fault.edit_reply) fault.edit_reply(answer);
        return answer;
    });
    if (net::find_header(reply.headers, "date").empty()) reply.headers.push_back({"Date", http_date(time)});
    return reply;
}

Reply ScriptedS3::Impl::work(State& current, const Request& request, const S3Fault& fault, WallTime now) const {
    if (fault.instead) return *fault.instead;
    if (auto refused = check_signature(request, current.signer, now)) return *std::move(refused);
    if (options.verify_payload) {
        if (auto refused = check_payload(request)) return *std::move(refused);
    }
    const std::string root = "/" + options.bucket.name;
    if (request.path() != root && !request.path().starts_with(root + "/")) return error_reply(404, "NoSuchBucket");

    Request changed = request;
    if (fault.edit_stored) fault.edit_stored(changed.body);
    BucketRequest parsed{.http = changed, .key = key_of(request), .query = {}, .now = now};
    for (auto& [name, value] : net::parse_query(request.query()))
        parsed.query[name] = value;
    return current.bucket.handle(parsed);
}

ScriptedS3::ScriptedS3(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ScriptedS3::~ScriptedS3() = default;

Result<std::unique_ptr<ScriptedS3>> ScriptedS3::start(Options options) {
    auto impl = std::make_unique<Impl>(std::move(options));
    COFRE_ASSIGN(impl->server,
                 HttpServer::start([raw = impl.get()](const Request& head) { return raw->on_head(head); },
                                   [raw = impl.get()](const Request& request) { return raw->on_request(request); }));
    return std::unique_ptr<ScriptedS3>(new ScriptedS3(std::move(impl)));
}

std::string ScriptedS3::endpoint() const {
    return impl_->server->url();
}

int ScriptedS3::connections() const {
    return impl_->server->connections();
}

void ScriptedS3::set_hook(Hook hook) {
    impl_->hook.with([&](Hook& h) { h = std::move(hook); });
}

void ScriptedS3::fail_first(int times, std::string method, std::string query_part, S3Fault fault) {
    const auto left = std::make_shared<std::atomic<int>>(times);  // Shared by the copies of one hook.
    set_hook([=](const Recorded& request, int) -> std::optional<S3Fault> {
        if (request.method != method || !request.has_query(query_part) || left->fetch_sub(1) <= 0) return std::nullopt;
        return fault;
    });
}

void ScriptedS3::set_credentials(std::string access_key_id, std::string secret_access_key, std::string session_token) {
    impl_->state.with([&](auto& s) {
        s.signer.access_key_id = std::move(access_key_id);
        s.signer.secret_access_key = std::move(secret_access_key);
        s.signer.session_token = std::move(session_token);
    });
}

std::vector<Recorded> ScriptedS3::requests() const {
    return impl_->state.with([](const auto& s) { return s.requests; });
}

std::size_t ScriptedS3::count(std::string_view method, std::string_view query_part) const {
    const auto all = requests();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const Recorded& r) { return r.method == method && r.has_query(query_part); }));
}

std::optional<StoredObject> ScriptedS3::object(const std::string& key) const {
    return impl_->state.with([&](const auto& s) -> std::optional<StoredObject> {
        const auto found = s.bucket.objects.find(key);
        if (found == s.bucket.objects.end()) return std::nullopt;
        return found->second;
    });
}

void ScriptedS3::put_object(const std::string& key, std::string body) {
    const StoredObject object{.body = std::move(body), .etag = "\"0\"", .content_type = "text/plain", .metadata = {}};
    impl_->state.with([&](auto& s) { s.bucket.objects[key] = object; });
}

std::vector<std::string> ScriptedS3::keys() const {
    return impl_->state.with([](const auto& s) {
        std::vector<std::string> keys;
        for (const auto& [key, object] : s.bucket.objects)
            keys.push_back(key);
        return keys;
    });
}

std::size_t ScriptedS3::object_count() const {
    return impl_->state.with([](const auto& s) { return s.bucket.objects.size(); });
}

std::size_t ScriptedS3::pending_uploads() const {
    return impl_->state.with([](const auto& s) { return s.bucket.uploads.size(); });
}

void ScriptedS3::forget_uploads() {
    impl_->state.with([](auto& s) { s.bucket.uploads.clear(); });
}

}  // namespace cofre::scripted
