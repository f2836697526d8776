// Checks of the connection, of single objects and of their keys.

#include <array>
#include <atomic>

#include "base/encoding.h"
#include "base/parallel.h"
#include "base/units.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "s3/object_head.h"
#include "s3/probe_check.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

using std::chrono::seconds;

constexpr std::string_view kBody = "cofre probes what this store can do\n";
/// Amazon refuses a request whose date is further off.
constexpr seconds kToleratedSkew{15 * 60};
constexpr seconds kPresignLifetime{300};
constexpr int kRacers = 6;

ProbeAnswer stored_and_read_back(ProbeSession& session, const std::string& key, std::string_view body) {
    const S3Outcome put = session.put(key, body);
    if (!put.ok()) return judge_plainly(put);
    const S3Outcome got = session.get(key);
    if (!got.ok()) return judge_plainly(got);
    if (got.response.body != body) return {Verdict::kNo, "other bytes came back"};
    return {Verdict::kYes, observed(put)};
}

// --- The connection.

ProbeAnswer try_style(ProbeSession& session, AddressingStyle style) {
    std::string why;
    if (session.client_for(style, why) == nullptr) return {Verdict::kNo, why};
    const AddressingStyle before = session.client().endpoint()->style();
    session.choose(style);
    const S3Outcome put = session.put(session.key("style"), kBody);
    ProbeAnswer answer = put.ok() ? stored_and_read_back(session, session.key("style"), kBody)
                                  : ProbeAnswer{Verdict::kNo, observed(put)};
    if (answer.verdict != Verdict::kYes) {
        session.choose(before);
        if (!session.hopeless && put.error) session.hopeless = put.error;
    }
    return answer;
}

ProbeAnswer check_configured_style(ProbeSession& session) {
    const AddressingStyle style = session.client().endpoint()->style();
    const ProbeAnswer answer = try_style(session, style);
    if (answer.verdict == Verdict::kYes) {
        session.measured.addressing = style;
    }
    const char* const name = style == AddressingStyle::kPath ? "bucket in the path" : "bucket in the host name";
    return {answer.verdict, std::string(name) + ": " + answer.observed};
}

ProbeAnswer check_other_style(ProbeSession& session) {
    const AddressingStyle first = session.client().endpoint()->style();
    const AddressingStyle other =
        first == AddressingStyle::kPath ? AddressingStyle::kVirtualHost : AddressingStyle::kPath;
    const bool first_works = !session.hopeless;
    const ProbeAnswer answer = try_style(session, other);
    const char* const name = other == AddressingStyle::kPath ? "bucket in the path" : "bucket in the host name";
    if (answer.verdict == Verdict::kYes && !first_works) {
        session.measured.addressing = other;
    } else if (answer.verdict == Verdict::kYes) {
        session.choose(first);
    }
    if (answer.verdict == Verdict::kYes || first_works) session.hopeless.reset();
    return {answer.verdict, std::string(name) + ": " + answer.observed};
}

ProbeAnswer check_protocol(ProbeSession& session) {
    const S3Outcome head = session.head(session.key("style"));
    if (head.response.status == 0) return judge_plainly(head);
    const std::string& protocol = head.response.protocol;
    const bool closes = head.response.header("connection") == "close";
    return {protocol == "HTTP/1.1" && !closes ? Verdict::kYes : Verdict::kNo,
            protocol + (closes ? ", closes after each answer" : ", connections are kept")};
}

ProbeAnswer check_clock(ProbeSession& session) {
    const S3Outcome head = session.head(session.key("style"));
    if (!session.clock_offset() || head.response.header("date").empty()) {
        return {Verdict::kUnclear, "the answer has no Date"};
    }
    const auto offset = *session.clock_offset();
    const bool close = std::chrono::abs(offset) < kToleratedSkew;
    return {close ? Verdict::kYes : Verdict::kNo, "the store's clock is " + format_duration(std::chrono::abs(offset)) +
                                                      (offset.count() > 0 ? " ahead of ours" : " behind ours")};
}

ProbeAnswer check_no_expect(ProbeSession& session) {
    const std::string body(1_MiB, 'e');
    return stored_and_read_back(session, session.key("no-expect"), body);
}

// --- One object.

ProbeAnswer check_read_after_write(ProbeSession& session) {
    const std::string key = session.key("fresh");
    constexpr int kRounds = 5;
    for (int round = 0; round < kRounds; ++round) {
        const std::string body = "round " + std::to_string(round);
        ProbeAnswer answer = stored_and_read_back(session, key, body);
        if (answer.verdict != Verdict::kYes) return answer;
    }
    const S3Outcome listed = session.ask("", {{"prefix", key}});
    if (!listed.ok()) return judge_plainly(listed);
    const bool is_there = listed.response.body.find(key) != std::string::npos;
    return {is_there ? Verdict::kYes : Verdict::kNo,
            is_there ? "5 replacements read and listed at once" : "the listing lags behind"};
}

ProbeAnswer check_empty_object(ProbeSession& session) {
    return stored_and_read_back(session, session.key("empty"), "");
}

ProbeAnswer check_range(ProbeSession& session) {
    const std::string key = session.key("range");
    const S3Outcome put = session.put(key, "0123456789");
    if (!put.ok()) return judge_plainly(put);
    const S3Outcome got = session.get(key, {{"range", "bytes=3-5"}});
    if (!got.ok()) return judge_plainly(got);
    const bool exact = got.response.status == 206 && got.response.body == "345";
    return {exact ? Verdict::kYes : Verdict::kNo, observed(got)};
}

ProbeAnswer check_metadata(ProbeSession& session) {
    const std::string key = session.key("metadata");
    const S3Outcome put = session.put(key, kBody, {{"x-amz-meta-mixed-name", "Value, With CASE"}});
    if (!put.ok()) return judge_plainly(put);
    const S3Outcome head = session.head(key);
    if (!head.ok()) return judge_plainly(head);
    const std::string_view value = head.response.header("x-amz-meta-mixed-name");
    if (value.empty()) return {Verdict::kNo, "lost"};
    return {value == "Value, With CASE" ? Verdict::kYes : Verdict::kNo, "came back as \"" + std::string(value) + "\""};
}

ProbeAnswer check_etag(ProbeSession& session) {
    const S3Outcome head = session.head(session.key("metadata"));
    if (!head.ok()) return judge_plainly(head);
    const std::string etag(head.response.header("etag"));
    const auto md5 = crypto::md5(as_bytes(kBody));
    const bool is_md5 = etag == "\"" + hex_encode(md5) + "\"";
    return {is_md5 ? Verdict::kYes : Verdict::kNo, is_md5 ? "the MD5 of the body" : "something else: " + etag};
}

ProbeAnswer check_copy(ProbeSession& session) {
    const std::string from = session.key("metadata");
    const std::string to = session.key("copy");
    S3Request request;
    request.operation = S3Operation::kCopyObject;
    request.method = "PUT";
    request.key = to;
    request.has_text = true;
    request.result_in_body = true;
    request.headers = {{"x-amz-copy-source", "/" + session.bucket() + "/" + percent_encode(from, SlashRule::kKeep)}};
    session.remember(to);
    const S3Outcome copied = session.send(request);
    session.remember(to, copied.response);
    if (!copied.ok()) return judge_plainly(copied);
    const S3Outcome got = session.get(to);
    return {got.ok() && got.response.body == kBody ? Verdict::kYes : Verdict::kNo, observed(copied)};
}

ProbeAnswer check_tags(ProbeSession& session) {
    const std::string key = session.key("tagged");
    const S3Outcome put = session.put(key, kBody, {{"x-amz-tagging", "made-by=cofre"}});
    if (!put.ok()) return judge_plainly(put);
    const S3Outcome tags = session.ask(key, {{"tagging", ""}});
    if (!tags.ok()) return judge_plainly(tags);
    const bool kept = tags.response.body.find("made-by") != std::string::npos;
    return {kept ? Verdict::kYes : Verdict::kNo, kept ? "kept" : "accepted and lost"};
}

ProbeAnswer check_missing_key(ProbeSession& session) {
    const S3Outcome got = session.get(session.key("nobody-made-this"));
    const bool usual = got.response.status == 404 && got.code == "NoSuchKey";
    return {usual ? Verdict::kYes : Verdict::kNo, observed(got)};
}

ProbeAnswer check_presigned_get(ProbeSession& session) {
    const auto url = session.client().presign(session.ctx(), "GET", session.key("metadata"), kPresignLifetime);
    if (!url) return {Verdict::kUnclear, url.error().message()};
    const auto got = session.send_bare({.method = "GET", .url = *url});
    if (!got) return {Verdict::kUnclear, got.error().message()};
    return {got->ok() && got->body == kBody ? Verdict::kYes : Verdict::kNo, "HTTP " + std::to_string(got->status)};
}

ProbeAnswer check_presigned_put(ProbeSession& session) {
    const std::string key = session.key("presigned");
    const auto url = session.client().presign(session.ctx(), "PUT", key, kPresignLifetime);
    if (!url) return {Verdict::kUnclear, url.error().message()};
    session.remember(key);
    const auto put = session.send_bare({.method = "PUT", .url = *url, .has_text = true, .text = kBody});
    if (!put) return {Verdict::kUnclear, put.error().message()};
    session.remember(key, *put);
    const S3Outcome got = session.get(key);
    return {got.ok() && got.response.body == kBody ? Verdict::kYes : Verdict::kNo,
            "HTTP " + std::to_string(put->status)};
}

// --- Who was first.

/// How many of several writers at once were told that they were first.
int race(ProbeSession& session, const std::string& key) {
    std::atomic<int> winners{0};
    session.remember(key);
    const Status raced = parallel_for(session.ctx(), kRacers, kRacers, [&](const CallContext& ctx, std::size_t) {
        S3Request request;
        request.operation = S3Operation::kPutObject;
        request.method = "PUT";
        request.key = key;
        request.has_text = true;
        request.text = kBody;
        request.headers = {{"if-none-match", "*"}};
        if (session.client().send(ctx, request).ok()) ++winners;
        return Status();
    });
    return raced ? winners.load() : -1;
}

ProbeAnswer check_if_none_match(ProbeSession& session) {
    session.measured.conditional_put = false;
    const std::string key = session.key("first");
    const S3Outcome first = session.put(key, "first", {{"if-none-match", "*"}});
    if (!first.ok()) return judge_plainly(first);
    const S3Outcome second = session.put(key, "second", {{"if-none-match", "*"}});
    if (second.ok()) return {Verdict::kNo, "a second writer replaced the first: the condition is ignored"};
    const S3Outcome got = session.get(key);
    if (!got.ok() || got.response.body != "first") return {Verdict::kNo, "refused, and replaced all the same"};
    ProbeAnswer answer = judge_refusal(second);
    session.measured.conditional_put = answer.verdict == Verdict::kYes;
    return answer;
}

ProbeAnswer check_race(ProbeSession& session) {
    if (!session.measured.conditional_put) return {Verdict::kNo, "the condition is not honoured at all"};
    constexpr int kRounds = 4;
    for (int round = 0; round < kRounds; ++round) {
        const int winners = race(session, session.key("race-" + std::to_string(round)));
        if (winners < 0) return {Verdict::kUnclear, "stopped"};
        if (winners == 1) continue;
        if (winners == 0) return {Verdict::kUnclear, "none of 6 writers at once was accepted"};
        session.measured.conditional_put = false;
        return {Verdict::kNo, std::to_string(winners) + " of 6 writers at once were told that they were first"};
    }
    return {Verdict::kYes, "one of 6 writers at once, 4 times"};
}

ProbeAnswer check_if_match_put(ProbeSession& session) {
    const std::string key = session.key("if-match");
    const S3Outcome put = session.put(key, "old");
    if (!put.ok()) return judge_plainly(put);
    ProbeAnswer answer = judge_refusal(session.put(key, "new", {{"if-match", "\"00000000000000000000000000000000\""}}));
    if (answer.verdict != Verdict::kYes) return answer;
    const std::string etag(strip_quotes(put.response.header("etag")));
    session.measured.bare_if_match = false;
    if (session.put(key, "new", {{"if-match", "\"" + etag + "\""}}).ok()) return answer;
    if (!session.put(key, "new", {{"if-match", etag}}).ok()) return {Verdict::kNo, "it refuses the right ETag too"};
    session.measured.bare_if_match = true;
    return {Verdict::kYes, "only if the ETag comes without quotes"};
}

ProbeAnswer check_if_match_get(ProbeSession& session) {
    return judge_refusal(session.get(session.key("metadata"), {{"if-match", "\"00000000000000000000000000000000\""}}));
}

// --- Names.

ProbeAnswer key_is_kept(ProbeSession& session, const std::string& key) {
    ProbeAnswer answer = stored_and_read_back(session, key, key);
    if (answer.verdict != Verdict::kYes) return answer;
    S3Request request = list_objects(session.measured, key, std::nullopt, {}, /*max_keys=*/2);
    const S3Outcome listed = session.send(request);
    if (!listed.ok()) return {Verdict::kYes, "kept; listing: " + observed(listed)};
    const auto page = parse_list_page(listed.response.body);
    if (!page) return {Verdict::kNo, "its listing cannot be read: " + page.error().message()};
    if (page->objects.empty() || page->objects.front().key.str() != key) {
        return {Verdict::kNo, "the listing calls it something else"};
    }
    return {Verdict::kYes, "kept and listed under its name"};
}

ProbeAnswer check_long_key(ProbeSession& session) {
    constexpr std::size_t kLongest = 1024;
    std::string key = session.key("long/");
    while (key.size() < kLongest)
        key += key.size() % 64 == 0 ? '/' : 'k';
    return key_is_kept(session, key);
}

ProbeAnswer check_special_key(ProbeSession& session) {
    return key_is_kept(session, session.key("a b+c&d=e?f#g%h\"i'j<k>l\\m*n:o;p|q~r{s}t[u]v^w`x@y$z,!()"));
}

ProbeAnswer check_unicode_key(ProbeSession& session) {
    // Composed and decomposed form, beyond the first plane, and Greek.
    return key_is_kept(session, session.key("\u00e9-e\u0301-\U0001F510-\u03b1\u03b2"));
}

ProbeAnswer check_double_slash(ProbeSession& session) {
    return key_is_kept(session, session.key("a//b/../c/./d"));
}

ProbeAnswer check_leading_slash(ProbeSession& session) {
    if (!session.target_prefix().empty()) {
        return {Verdict::kUnclear, "not tried: such a key lies outside the target's prefix"};
    }
    return key_is_kept(session, "/" + session.key("leading"));
}

constexpr std::array kConnectionChecks = {
    ProbeCheck{"configured addressing", "how every request is addressed", check_configured_style},
    ProbeCheck{"other addressing", "what remains if a proxy or a certificate does not allow the first",
               check_other_style},
    ProbeCheck{"HTTP/1.1, kept connections", "without them each request pays for a new connection", check_protocol},
    ProbeCheck{"clock within 15 minutes", "requests with another time are refused; cofre signs with the store's",
               check_clock},
    ProbeCheck{"no 100-continue", "bodies are sent at once, without asking first", check_no_expect},
};

constexpr std::array kObjectChecks = {
    ProbeCheck{"read after write", "a backup is checked right after it was written", check_read_after_write},
    ProbeCheck{"empty object", "empty files are objects of no bytes", check_empty_object},
    ProbeCheck{"ranged GET", "parts of large objects are fetched at once, and downloads go on where they broke",
               check_range},
    ProbeCheck{"user metadata", "names in lower case and values come back as they were", check_metadata},
    ProbeCheck{"ETag is MD5", "only a hint: cofre never proves anything by an ETag", check_etag},
    ProbeCheck{"server-side copy", "`s3 cp` inside a bucket moves no bytes", check_copy},
    ProbeCheck{"object tags", "lifecycle rules can choose by tag", check_tags},
    ProbeCheck{"missing key is NoSuchKey", "\"not there\" can be told from \"broken\"", check_missing_key},
    ProbeCheck{"presigned GET", "links to download", check_presigned_get},
    ProbeCheck{"presigned PUT", "browsers upload straight to the store", check_presigned_put},
    ProbeCheck{"If-None-Match: * on PUT", "the second of two writers is refused", check_if_none_match},
    ProbeCheck{"... also at the same moment", "locks by conditional PUT are safe", check_race},
    ProbeCheck{"If-Match on PUT", "an object is replaced only if nobody else replaced it", check_if_match_put},
    ProbeCheck{"If-Match on GET", "a download notices that the object was replaced", check_if_match_get},
};

constexpr std::array kKeyChecks = {
    ProbeCheck{"key of 1,024 bytes", "deep paths", check_long_key},
    ProbeCheck{"key with special characters", "names of files as they are", check_special_key},
    ProbeCheck{"key with Unicode", "both forms of one letter stay two names", check_unicode_key},
    ProbeCheck{"key with // and ..", "no part of a key is folded on the way", check_double_slash},
    ProbeCheck{"key with a leading /", "keys that other programs made", check_leading_slash},
};

}  // namespace

std::span<const ProbeCheck> connection_checks() {
    return kConnectionChecks;
}
std::span<const ProbeCheck> object_checks() {
    return kObjectChecks;
}
std::span<const ProbeCheck> key_checks() {
    return kKeyChecks;
}

}  // namespace cofre::s3
