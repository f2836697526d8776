#pragma once

/// @file
/// Objects and uploads of one bucket in memory, and what S3 answers about them.

#include <map>
#include <string>
#include <string_view>

#include "base/time_format.h"
#include "scripted_http.h"

namespace cofre::scripted {

struct StoredObject {
    std::string body;
    std::string etag;  ///< With its quotes.
    std::string content_type;
    std::map<std::string, std::string> metadata;  ///< Names without "x-amz-meta-".
    WallTime last_modified{};
};

struct PendingUpload {
    std::string key;
    StoredObject target;  ///< What the object will be, but for its body.
    std::map<int, StoredObject> parts;
    WallTime initiated{};
};

/// A request, taken apart.
struct BucketRequest {
    const Request& http;
    std::string key;
    std::map<std::string, std::string> query;
    WallTime now{};

    bool asks(const std::string& name) const { return query.count(name) > 0; }
    std::string value(const std::string& name) const {
        const auto found = query.find(name);
        return found == query.end() ? "" : found->second;
    }
};

/// Not thread-safe.
class ScriptedBucket {
public:
    struct Options {
        std::string name;
        int page_size = 1000;
        bool keeps_checksums = false;  ///< Returns x-amz-checksum-sha256 of what it stored.
        bool conditional_put = true;   ///< Honours If-None-Match.
        bool lists_key_count = true;
    };
    explicit ScriptedBucket(Options options) : options_(std::move(options)) {}

    Reply handle(const BucketRequest& request);

    std::map<std::string, StoredObject> objects;
    std::map<std::string, PendingUpload> uploads;  ///< By upload id.

private:
    Reply handle_bucket(const BucketRequest& request);
    Reply list(const BucketRequest& request, bool version2) const;
    Reply list_uploads(const BucketRequest& request) const;
    Reply list_parts(const BucketRequest& request) const;
    Reply delete_many(const BucketRequest& request);
    Reply put(const BucketRequest& request);
    Reply copy(const BucketRequest& request);
    Reply get(const BucketRequest& request) const;
    Reply begin_upload(const BucketRequest& request);
    Reply put_part(const BucketRequest& request);
    Reply complete(const BucketRequest& request);
    Reply abort(const BucketRequest& request);
    Reply stored_reply(const StoredObject& object) const;

    Options options_;
    int next_upload_ = 1;
};

/// An <Error> document as Amazon S3 writes it.
Reply error_reply(int status, std::string_view code, std::string_view message = "scripted");

/// "Sun, 22 Nov 2026 01:36:59 GMT".
std::string http_date(WallTime time);

std::string xml_escape(std::string_view text);

}  // namespace cofre::scripted
