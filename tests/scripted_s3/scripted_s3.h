#pragma once

/// @file
/// One bucket of an S3 store on loopback that fails on demand, and remembers
/// every request. What it does not fail at, it does as Amazon S3 does.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "scripted_bucket.h"
#include "scripted_http.h"

namespace cofre::scripted {

/// What goes wrong with one request. Each field alone, or together.
struct S3Fault {
    WireFault wire;
    std::optional<Reply> instead;                   ///< Answer this and do no work.
    std::function<void(Reply&)> edit_reply;         ///< Do the work, then change what is said of it.
    std::function<void(std::string&)> edit_stored;  ///< Change the body between its check and the store.
};

/// One request as it was received.
struct Recorded {
    std::string method;
    std::string key;    ///< Decoded; empty: the bucket.
    std::string query;  ///< As on the request line.
    net::HttpHeaders headers;
    std::uint64_t body_bytes = 0;
    std::string signature_date;  ///< X-Amz-Date.
    int connection = 0;

    bool has_query(std::string_view name) const { return query.find(name) != std::string::npos; }
    std::string_view header(std::string_view name) const { return net::find_header(headers, name); }
};

/// Thread-safe.
class ScriptedS3 {
public:
    struct Options {
        ScriptedBucket::Options bucket{.name = "bucket"};
        std::string region = "us-east-1";
        std::string access_key_id = "AKIDSCRIPTED";
        std::string secret_access_key = "scripted-secret";
        std::string session_token;      ///< The one that is valid; empty: none is asked for.
        bool remember_requests = true;  ///< For requests() and count(); a long run has too many.
        bool verify_payload = true;     ///< Compare the body with x-amz-content-sha256.
        Clock* clock = nullptr;         ///< For Date, and skews above 15 minutes; null: the machine's.
    };
    /// Looks at each request's head, and at how many came before it (from 0).
    using Hook = std::function<std::optional<S3Fault>(const Recorded& request, int index)>;

    static Result<std::unique_ptr<ScriptedS3>> start(Options options);
    static Result<std::unique_ptr<ScriptedS3>> start() { return start(Options()); }
    ~ScriptedS3();

    std::string endpoint() const;
    int connections() const;

    void set_hook(Hook hook);
    /// Fails the first `times` requests of that method whose query has `query_part`.
    void fail_first(int times, std::string method, std::string query_part, S3Fault fault);

    /// Changes what the server would accept from now on.
    void set_credentials(std::string access_key_id, std::string secret_access_key, std::string session_token);

    std::vector<Recorded> requests() const;
    std::size_t count(std::string_view method, std::string_view query_part = {}) const;

    std::optional<StoredObject> object(const std::string& key) const;
    void put_object(const std::string& key, std::string body);
    std::vector<std::string> keys() const;
    std::size_t object_count() const;
    std::size_t pending_uploads() const;
    void forget_uploads();  ///< As a lifecycle rule does.

private:
    struct Impl;
    explicit ScriptedS3(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::scripted
