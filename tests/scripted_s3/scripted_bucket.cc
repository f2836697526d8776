#include "scripted_bucket.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace cofre::scripted {
namespace {

constexpr std::string_view kMetadata = "x-amz-meta-";

Reply xml_reply(std::string body) {
    return {.status = 200,
            .headers = {{"Content-Type", "application/xml"}},
            .body = R"(<?xml version="1.0" encoding="UTF-8"?>)" + std::move(body)};
}

std::string md5_etag(std::string_view body) {
    return "\"" + hex_encode(crypto::md5(as_bytes(body))) + "\"";
}

std::string checksum(std::string_view body) {
    return crypto::sha256(body).base64();
}

StoredObject described_by(const BucketRequest& request) {
    StoredObject object;
    object.content_type = request.http.header("content-type");
    object.last_modified = request.now;
    for (const auto& [name, value] : request.http.headers) {
        std::string lower = name;
        std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
        if (lower.starts_with(kMetadata)) object.metadata[lower.substr(kMetadata.size())] = value;
    }
    return object;
}

int to_int(std::string_view text, int otherwise) {
    int number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string text_of(bool value) {
    return value ? "true" : "false";
}

// One entry of a listing: an object, or what a delimiter folded.
struct Entry {
    std::string name;
    const StoredObject* object = nullptr;
};

}  // namespace

std::string xml_escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '\r': out += "&#13;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string http_date(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                       static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

Reply error_reply(int status, std::string_view code, std::string_view message) {
    Reply reply = xml_reply(fmt::format(
        "<Error><Code>{}</Code><Message>{}</Message><RequestId>REQ1</RequestId></Error>", code, xml_escape(message)));
    reply.status = status;
    return reply;
}

Reply ScriptedBucket::handle(const BucketRequest& request) {
    if (request.key.empty()) return handle_bucket(request);
    const std::string& method = request.http.method;
    if (method == "GET" && request.asks("uploadId")) return list_parts(request);
    if (method == "GET" || method == "HEAD") return get(request);
    if (method == "POST" && request.asks("uploads")) return begin_upload(request);
    if (method == "POST" && request.asks("uploadId")) return complete(request);
    if (method == "PUT" && request.asks("uploadId")) return put_part(request);
    if (method == "PUT" && !request.http.header("x-amz-copy-source").empty()) return copy(request);
    if (method == "PUT") return put(request);
    if (method == "DELETE" && request.asks("uploadId")) return abort(request);
    if (method == "DELETE") {
        objects.erase(request.key);
        return {.status = 204};
    }
    return error_reply(405, "MethodNotAllowed");
}

Reply ScriptedBucket::handle_bucket(const BucketRequest& request) {
    const std::string& method = request.http.method;
    if (method == "POST" && request.asks("delete")) return delete_many(request);
    if (method == "GET" && request.asks("uploads")) return list_uploads(request);
    if (method == "GET") return list(request, request.value("list-type") == "2");
    return error_reply(405, "MethodNotAllowed");
}

Reply ScriptedBucket::list(const BucketRequest& request, bool version2) const {
    const std::string prefix = request.value("prefix");
    const std::string delimiter = request.value("delimiter");
    const bool encode = request.value("encoding-type") == "url";
    const auto shown = [&](std::string_view name) {
        return encode ? percent_encode(name, SlashRule::kKeep) : xml_escape(name);
    };
    std::string after = request.value(version2 ? "start-after" : "marker");
    const std::string token = request.value("continuation-token");
    if (!token.empty()) after = token.substr(1);  // Opaque to clients: "T" and the last name.

    const auto limit = static_cast<std::size_t>(std::min(options_.page_size, to_int(request.value("max-keys"), 1000)));
    std::vector<Entry> page;
    bool truncated = false;
    std::set<std::string> folded;
    for (const auto& [key, object] : objects) {
        if (!key.starts_with(prefix)) continue;
        const auto at = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
        const std::string name = at == std::string::npos ? key : key.substr(0, at + 1);
        if (name <= after || !folded.insert(name).second) continue;
        if (page.size() == limit) {
            truncated = true;
            break;
        }
        page.push_back({name, at == std::string::npos ? &object : nullptr});
    }
    std::string xml = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    xml += fmt::format("<Name>{}</Name><Prefix>{}</Prefix>", options_.name, shown(prefix));
    xml += fmt::format("<IsTruncated>{}</IsTruncated>", text_of(truncated));
    if (encode) xml += "<EncodingType>url</EncodingType>";
    if (version2 && options_.lists_key_count) xml += fmt::format("<KeyCount>{}</KeyCount>", page.size());
    if (version2 && !token.empty()) xml += fmt::format("<ContinuationToken>{}</ContinuationToken>", xml_escape(token));
    if (truncated && version2) {
        xml += fmt::format("<NextContinuationToken>T{}</NextContinuationToken>", xml_escape(page.back().name));
    }
    if (truncated && !version2 && !delimiter.empty()) {
        xml += fmt::format("<NextMarker>{}</NextMarker>", shown(page.back().name));
    }
    for (const auto& [name, object] : page) {
        if (object == nullptr) {
            xml += fmt::format("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", shown(name));
            continue;
        }
        xml += fmt::format(
            "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
            shown(name), format_rfc3339(object->last_modified), xml_escape(object->etag), object->body.size());
    }
    return xml_reply(xml + "</ListBucketResult>");
}

Reply ScriptedBucket::list_uploads(const BucketRequest& request) const {
    std::string xml = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>";
    for (const auto& [id, upload] : uploads) {
        if (!upload.key.starts_with(request.value("prefix"))) continue;
        xml += fmt::format("<Upload><Key>{}</Key><UploadId>{}</UploadId><Initiated>{}</Initiated></Upload>",
                           xml_escape(upload.key), id, format_rfc3339(upload.initiated));
    }
    return xml_reply(xml + "</ListMultipartUploadsResult>");
}

Reply ScriptedBucket::list_parts(const BucketRequest& request) const {
    const auto upload = uploads.find(request.value("uploadId"));
    if (upload == uploads.end() || upload->second.key != request.key) return error_reply(404, "NoSuchUpload");
    const int after = to_int(request.value("part-number-marker"), 0);
    std::string xml;
    int count = 0;
    bool truncated = false;
    for (const auto& [number, part] : upload->second.parts) {
        if (number <= after) continue;
        if (count == options_.page_size) {
            truncated = true;
            break;
        }
        ++count;
        xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag><Size>{}</Size></Part>", number,
                           xml_escape(part.etag), part.body.size());
    }
    return xml_reply(
        fmt::format("<ListPartsResult><IsTruncated>{}</IsTruncated>{}</ListPartsResult>", text_of(truncated), xml));
}

Reply ScriptedBucket::delete_many(const BucketRequest& request) {
    if (request.http.header("content-md5") != base64_encode(crypto::md5(as_bytes(request.http.body)))) {
        return error_reply(400, "InvalidDigest");
    }
    pugi::xml_document document;
    if (!document.load_string(request.http.body.c_str())) return error_reply(400, "MalformedXML");
    for (const auto& node : document.document_element().children("Object"))
        objects.erase(node.child_value("Key"));
    return xml_reply("<DeleteResult/>");
}

Reply ScriptedBucket::stored_reply(const StoredObject& object) const {
    Reply reply{.status = 200, .headers = {{"ETag", object.etag}}};
    if (options_.keeps_checksums) reply.headers.push_back({"x-amz-checksum-sha256", checksum(object.body)});
    return reply;
}

Reply ScriptedBucket::put(const BucketRequest& request) {
    const bool conditional = options_.conditional_put && request.http.header("if-none-match") == "*";
    if (conditional && objects.count(request.key) > 0) return error_reply(412, "PreconditionFailed");
    StoredObject object = described_by(request);
    object.body = request.http.body;
    object.etag = md5_etag(object.body);
    const Reply reply = stored_reply(object);
    objects[request.key] = std::move(object);
    return reply;
}

Reply ScriptedBucket::copy(const BucketRequest& request) {
    const auto source = percent_decode(request.http.header("x-amz-copy-source"));
    const std::string prefix = "/" + options_.name + "/";
    if (!source || !source->starts_with(prefix)) return error_reply(400, "InvalidArgument");
    const auto found = objects.find(source->substr(prefix.size()));
    if (found == objects.end()) return error_reply(404, "NoSuchKey");
    objects[request.key] = found->second;
    return xml_reply("<CopyObjectResult><ETag>" + found->second.etag + "</ETag></CopyObjectResult>");
}

Reply ScriptedBucket::get(const BucketRequest& request) const {
    const auto found = objects.find(request.key);
    if (found == objects.end()) return error_reply(404, "NoSuchKey");
    const StoredObject& object = found->second;
    const auto expected = request.http.header("if-match");
    if (!expected.empty() && expected != object.etag) return error_reply(412, "PreconditionFailed");

    Reply reply = stored_reply(object);
    reply.headers.push_back({"Last-Modified", http_date(object.last_modified)});
    reply.headers.push_back({"Content-Type", object.content_type});
    for (const auto& [name, value] : object.metadata)
        reply.headers.push_back({std::string(kMetadata) + name, value});
    reply.body = object.body;
    auto range = request.http.header("range");
    if (range.starts_with("bytes=")) {
        range.remove_prefix(6);
        const auto first = static_cast<std::size_t>(to_int(range, 0));
        const auto last = static_cast<std::size_t>(to_int(range.substr(range.find('-') + 1), 1 << 30));
        if (first >= object.body.size()) return error_reply(416, "InvalidRange");
        reply.status = 206;
        reply.body = object.body.substr(first, last - first + 1);
        reply.headers.push_back(
            {"Content-Range", fmt::format("bytes {}-{}/{}", first, first + reply.body.size() - 1, object.body.size())});
    }
    reply.headers.push_back({"Content-Length", std::to_string(reply.body.size())});
    return reply;
}

Reply ScriptedBucket::begin_upload(const BucketRequest& request) {
    const std::string id = fmt::format("upload-{}", next_upload_++);
    uploads[id] = {.key = request.key, .target = described_by(request), .parts = {}, .initiated = request.now};
    return xml_reply("<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>");
}

Reply ScriptedBucket::put_part(const BucketRequest& request) {
    const auto upload = uploads.find(request.value("uploadId"));
    if (upload == uploads.end() || upload->second.key != request.key) return error_reply(404, "NoSuchUpload");
    StoredObject part{
        .body = request.http.body, .etag = md5_etag(request.http.body), .content_type = {}, .metadata = {}};
    const Reply reply = stored_reply(part);
    upload->second.parts[to_int(request.value("partNumber"), 0)] = std::move(part);
    return reply;
}

Reply ScriptedBucket::complete(const BucketRequest& request) {
    const auto found = uploads.find(request.value("uploadId"));
    if (found == uploads.end() || found->second.key != request.key) return error_reply(404, "NoSuchUpload");
    PendingUpload& upload = found->second;
    const bool conditional = options_.conditional_put && request.http.header("if-none-match") == "*";
    if (conditional && objects.count(request.key) > 0) return error_reply(412, "PreconditionFailed");
    pugi::xml_document document;
    if (!document.load_string(request.http.body.c_str())) return error_reply(400, "MalformedXML");

    StoredObject object = upload.target;
    std::string md5s;
    int count = 0;
    for (const auto& node : document.document_element().children("Part")) {
        const auto part = upload.parts.find(to_int(node.child_value("PartNumber"), 0));
        if (part == upload.parts.end() || part->second.etag != node.child_value("ETag")) {
            return error_reply(400, "InvalidPart");
        }
        object.body += part->second.body;
        md5s += part->second.etag;
        ++count;
    }
    object.etag = fmt::format("\"{}-{}\"", hex_encode(crypto::md5(as_bytes(md5s))), count);
    const std::string etag = object.etag;
    objects[request.key] = std::move(object);
    uploads.erase(found);
    return xml_reply("<CompleteMultipartUploadResult><ETag>" + etag + "</ETag></CompleteMultipartUploadResult>");
}

Reply ScriptedBucket::abort(const BucketRequest& request) {
    if (uploads.erase(request.value("uploadId")) == 0) return error_reply(404, "NoSuchUpload");
    return {.status = 204};
}

}  // namespace cofre::scripted
