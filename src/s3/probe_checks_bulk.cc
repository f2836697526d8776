// Checks of integrity, listings, multipart uploads and the bucket itself.

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/units.h"
#include "crypto/digest.h"
#include "s3/probe_check.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

constexpr std::string_view kText = "the bytes that were signed";
constexpr std::string_view kOtherText = "the bytes that were sent!!";

bool holds(const S3Outcome& outcome, std::string_view word) {
    return outcome.response.body.find(word) != std::string::npos;
}

// --- Integrity.

ProbeAnswer check_payload_verified(ProbeSession& session) {
    S3Request request;
    request.operation = S3Operation::kPutObject;
    request.method = "PUT";
    request.key = session.key("other-payload");
    request.has_text = true;
    request.text = kOtherText;
    request.sha256 = crypto::sha256(kText);
    session.remember(request.key);
    const S3Outcome put = session.send(request);
    session.remember(request.key, put.response);
    ProbeAnswer answer = judge_refusal(put);
    const bool kept_it = answer.verdict != Verdict::kNo && session.get(request.key).ok();
    if (kept_it) answer = {Verdict::kNo, answer.observed + ", and stored all the same"};
    session.measured.verifies_payload = answer.verdict == Verdict::kYes;
    return answer;
}

ProbeAnswer check_md5_verified(ProbeSession& session) {
    const std::string wrong = base64_encode(crypto::md5(as_bytes(kText)));
    return judge_refusal(session.put(session.key("other-md5"), kOtherText, {{"content-md5", wrong}}));
}

ProbeAnswer check_checksum_kept(ProbeSession& session) {
    session.measured.sends_checksum = false;
    const std::string key = session.key("checksum");
    const std::string sum = crypto::sha256(kText).base64();
    const S3Outcome put = session.put(key, kText, {{"x-amz-checksum-sha256", sum}});
    if (!put.ok()) return judge_plainly(put);
    const S3Outcome head = session.head(key, {{"x-amz-checksum-mode", "ENABLED"}});
    if (!head.ok()) return judge_plainly(head);
    const bool kept = head.response.header("x-amz-checksum-sha256") == sum;
    session.measured.sends_checksum = kept;
    return {kept ? Verdict::kYes : Verdict::kNo, kept ? "returned by HEAD" : "accepted, and not returned by HEAD"};
}

ProbeAnswer check_checksum_verified(ProbeSession& session) {
    const std::string wrong = crypto::sha256(kText).base64();
    ProbeAnswer answer =
        judge_refusal(session.put(session.key("other-checksum"), kOtherText, {{"x-amz-checksum-sha256", wrong}}));
    // A sum that nobody compared proves nothing.
    if (answer.verdict != Verdict::kYes) session.measured.sends_checksum = false;
    return answer;
}

ProbeAnswer check_attributes(ProbeSession& session) {
    const S3Outcome got = session.ask(session.key("checksum"), {{"attributes", ""}},
                                      {{"x-amz-object-attributes", "ETag,Checksum,ObjectSize"}});
    if (!got.ok()) return judge_plainly(got);
    const bool is_answer = holds(got, "GetObjectAttributes") || holds(got, "<ObjectSize>");
    return {is_answer ? Verdict::kYes : Verdict::kNo, is_answer ? observed(got) : "the parameter is ignored"};
}

// --- Listings. The first of them makes what all look at.

constexpr std::array<std::string_view, 4> kListed = {"list/a", "list/b c+d", "list/sub/e", "list/sub/f"};

std::optional<ProbeAnswer> make_listed(ProbeSession& session) {
    for (const auto name : kListed) {
        const S3Outcome put = session.put(session.key(name), name);
        if (!put.ok()) return judge_plainly(put);
    }
    return std::nullopt;
}

Result<ListPage> page_of(const S3Outcome& outcome) {
    if (!outcome.ok()) return *outcome.error;
    return parse_list_page(outcome.response.body);
}

bool has_all(const ProbeSession& session, const ListPage& page) {
    return page.objects.size() == kListed.size() &&
           std::equal(kListed.begin(), kListed.end(), page.objects.begin(),
                      [&](std::string_view name, const auto& object) { return object.key.str() == session.key(name); });
}

ProbeAnswer check_list_version(ProbeSession& session, int version) {
    if (version == 2) {
        if (auto problem = make_listed(session)) return *std::move(problem);
    }
    ProviderProfile profile = session.measured;
    profile.list_version = version;
    profile.list_url_encoding = false;
    // Pages of three: what follows the first tells whether it can be gone on with.
    ListCursor cursor;
    const std::string prefix = session.key("list/");
    const S3Outcome first = session.send(list_objects(profile, prefix, std::nullopt, cursor, /*max_keys=*/3));
    if (!first.ok()) return judge_plainly(first);
    auto page = parse_list_page(first.response.body);
    if (!page) return {Verdict::kNo, page.error().message()};
    if (version == 2 && !page->key_count && page->next_token.empty()) {
        return {Verdict::kNo, "answered as version 1"};
    }
    if (!page->is_truncated || page->objects.size() != 3) return {Verdict::kNo, "max-keys is ignored"};
    cursor.token = page->next_token;
    if (version == 1) cursor.start_after = page->objects.back().key.str();
    auto rest = page_of(session.send(list_objects(profile, prefix, std::nullopt, cursor, /*max_keys=*/3)));
    if (!rest) return {Verdict::kNo, "second page: " + rest.error().message()};
    page->objects.insert(page->objects.end(), rest->objects.begin(), rest->objects.end());
    const bool whole = has_all(session, *page) && !rest->is_truncated;
    return {whole ? Verdict::kYes : Verdict::kNo, whole ? "complete over two pages" : "pages do not fit together"};
}

ProbeAnswer check_list_v2(ProbeSession& session) {
    ProbeAnswer answer = check_list_version(session, 2);
    if (answer.verdict != Verdict::kUnclear) session.measured.list_version = answer.verdict == Verdict::kYes ? 2 : 1;
    return answer;
}

ProbeAnswer check_list_v1(ProbeSession& session) {
    return check_list_version(session, 1);
}

ProbeAnswer check_url_encoding(ProbeSession& session) {
    session.measured.list_url_encoding = false;
    ProviderProfile profile = session.measured;
    profile.list_url_encoding = true;
    const S3Outcome listed = session.send(list_objects(profile, session.key("list/"), std::nullopt, {}, 100));
    if (!listed.ok()) return judge_plainly(listed);
    const auto page = parse_list_page(listed.response.body);
    if (!page) return {Verdict::kNo, page.error().message()};
    const bool says_so = holds(listed, "<EncodingType>url</EncodingType>");
    const bool right = has_all(session, *page);
    session.measured.list_url_encoding = says_so && right;
    if (!right) return {Verdict::kNo, "names come back wrong"};
    return {says_so ? Verdict::kYes : Verdict::kNo, says_so ? "names come back right" : "ignored"};
}

ProbeAnswer check_delimiter(ProbeSession& session) {
    const auto page = page_of(session.send(list_objects(session.measured, session.key("list/"), '/', {}, 100)));
    if (!page) return {Verdict::kUnclear, page.error().message()};
    const bool right = page->objects.size() == 2 && page->common_prefixes.size() == 1 &&
                       page->common_prefixes.front() == session.key("list/sub/");
    return {right ? Verdict::kYes : Verdict::kNo, std::to_string(page->objects.size()) + " objects, " +
                                                      std::to_string(page->common_prefixes.size()) +
                                                      " common prefixes"};
}

ProbeAnswer check_start_after(ProbeSession& session) {
    const ListCursor cursor{.token = {}, .start_after = session.key(kListed[1])};
    const auto page =
        page_of(session.send(list_objects(session.measured, session.key("list/"), std::nullopt, cursor, 100)));
    if (!page) return {Verdict::kUnclear, page.error().message()};
    const bool right = page->objects.size() == 2 && page->objects.front().key.str() == session.key(kListed[2]);
    return {right ? Verdict::kYes : Verdict::kNo, std::to_string(page->objects.size()) + " of 2 keys"};
}

ProbeAnswer check_batch_delete(ProbeSession& session) {
    std::vector<store::ObjectKey> keys;
    for (const auto name : kListed) {
        if (auto key = store::ObjectKey::parse(session.key(name))) keys.push_back(*std::move(key));
    }
    const std::string document = delete_document(keys);
    const S3Outcome deleted = session.send(delete_objects(document));
    if (!deleted.ok()) return judge_plainly(deleted);
    const auto failures = parse_delete_result(deleted.response.body);
    if (!failures) return {Verdict::kNo, failures.error().message()};
    if (!failures->empty()) return {Verdict::kUnclear, failures->front().code};
    const bool gone = session.head(session.key(kListed[0])).response.status == 404;
    return {gone ? Verdict::kYes : Verdict::kNo, gone ? "4 objects in one request" : "accepted, and not done"};
}

// --- Multipart uploads.

/// Sends parts of these sizes and completes. The upload is remembered.
S3Outcome upload_parts(ProbeSession& session, const std::string& key, std::span<const std::uint64_t> sizes) {
    S3Outcome outcome;
    const auto id = session.begin_upload(key, outcome);
    if (!id) {
        if (!outcome.error) outcome.error = id.error();
        return outcome;
    }
    std::vector<UploadedPart> parts;
    for (const auto size : sizes) {
        const std::string body(size, static_cast<char>('a' + parts.size()));
        const int number = static_cast<int>(parts.size()) + 1;
        outcome = session.put_part(key, *id, number, body);
        if (!outcome.ok()) return outcome;
        parts.push_back(
            {.number = number, .size = size, .etag = std::string(outcome.response.header("etag")), .sha256 = {}});
    }
    return session.complete(key, *id, parts);
}

ProbeAnswer check_multipart(ProbeSession& session) {
    const std::string key = session.key("multipart");
    constexpr std::array<std::uint64_t, 2> kSizes = {5_MiB, 7};
    const S3Outcome done = upload_parts(session, key, kSizes);
    if (!done.ok()) return judge_plainly(done);
    const S3Outcome head = session.head(key);
    if (!head.ok()) return judge_plainly(head);
    const bool whole = head.response.header("content-length") == std::to_string(kSizes[0] + kSizes[1]);
    return {whole ? Verdict::kYes : Verdict::kNo, "ETag " + std::string(head.response.header("etag"))};
}

ProbeAnswer check_multipart_etag(ProbeSession& session) {
    const S3Outcome head = session.head(session.key("multipart"));
    if (!head.ok()) return {Verdict::kUnclear, observed(head)};
    const std::string etag(head.response.header("etag"));
    return {etag.ends_with("-2\"") ? Verdict::kYes : Verdict::kNo, etag};
}

ProbeAnswer check_unequal_parts(ProbeSession& session) {
    constexpr std::array<std::uint64_t, 3> kSizes = {5_MiB, 6_MiB, 7};
    const S3Outcome done = upload_parts(session, session.key("unequal"), kSizes);
    ProbeAnswer answer = judge_plainly(done);
    if (answer.verdict != Verdict::kUnclear) session.measured.equal_parts = answer.verdict == Verdict::kNo;
    return answer;
}

ProbeAnswer check_small_parts(ProbeSession& session) {
    constexpr std::array<std::uint64_t, 2> kSizes = {1_KiB, 1_KiB};
    ProbeAnswer answer = judge_refusal(upload_parts(session, session.key("small-parts"), kSizes));
    return answer;
}

ProbeAnswer check_copy_part(ProbeSession& session) {
    const std::string from = session.key("unequal");
    const std::string key = session.key("copied-part");
    if (!session.head(from).ok()) return {Verdict::kUnclear, "there is no object to copy from"};
    S3Outcome outcome;
    const auto id = session.begin_upload(key, outcome);
    if (!id) return judge_plainly(outcome);
    const auto source = store::ObjectKey::parse(from);
    const auto target = store::ObjectKey::parse(key);
    if (!source || !target) return {Verdict::kUnclear, "the scratch prefix is no key"};
    const std::string bucket = session.bucket();
    const S3Outcome copied = session.send(
        upload_part_copy(*target, *id, 1, {.bucket = bucket, .key = *source}, {.offset = 0, .length = 5_MiB}));
    ProbeAnswer answer = judge_plainly(copied);
    if (answer.verdict != Verdict::kUnclear) session.measured.copies_parts = answer.verdict == Verdict::kYes;
    return answer;
}

struct ScratchUpload {
    std::string key;
    std::string id;
};

/// An upload with one part, for those that look at it; empty id: it could not be begun.
ScratchUpload open_scratch_upload(ProbeSession& session, std::string_view name, S3Outcome& outcome) {
    ScratchUpload open{.key = session.key(name), .id = {}};
    if (const auto id = session.begin_upload(open.key, outcome)) open.id = *id;
    if (!open.id.empty()) outcome = session.put_part(open.key, open.id, 1, "one part");
    return open;
}

ProbeAnswer check_list_parts(ProbeSession& session) {
    S3Outcome outcome;
    const auto open = open_scratch_upload(session, "open-parts", outcome);
    if (!outcome.ok()) return judge_plainly(outcome);
    const S3Outcome listed = session.ask(open.key, {{"uploadId", open.id}});
    if (!listed.ok()) return judge_plainly(listed);
    const auto page = parse_part_page(listed.response.body);
    const bool right = page && page->parts.size() == 1 && page->parts.front().size == 8;
    return {right ? Verdict::kYes : Verdict::kNo, right ? "its size and ETag" : "not the part that was sent"};
}

ProbeAnswer check_list_uploads(ProbeSession& session) {
    S3Outcome outcome;
    const auto open = open_scratch_upload(session, "open-uploads", outcome);
    if (!outcome.ok()) return judge_plainly(outcome);
    const S3Outcome listed = session.ask("", {{"uploads", ""}, {"prefix", session.scratch()}});
    if (!listed.ok()) return judge_plainly(listed);
    const auto page = parse_upload_page(listed.response.body);
    if (!page) return {Verdict::kNo, page.error().message()};
    const bool there = std::any_of(page->uploads.begin(), page->uploads.end(),
                                   [&](const auto& upload) { return upload.upload_id == open.id; });
    return {there ? Verdict::kYes : Verdict::kNo, std::to_string(page->uploads.size()) + " listed"};
}

ProbeAnswer check_abort(ProbeSession& session) {
    S3Outcome outcome;
    const auto open = open_scratch_upload(session, "open-abort", outcome);
    if (!outcome.ok()) return judge_plainly(outcome);
    const S3Outcome aborted = session.abort(open.key, open.id);
    if (!aborted.ok()) return judge_plainly(aborted);
    const S3Outcome parts = session.ask(open.key, {{"uploadId", open.id}});
    const bool gone = parts.response.status == 404;
    return {gone ? Verdict::kYes : Verdict::kNo, gone ? "its parts are gone" : "its parts are still listed"};
}

// --- The bucket.

ProbeAnswer check_versioning(ProbeSession& session) {
    const S3Outcome got = session.ask("", {{"versioning", ""}});
    if (!got.ok()) return judge_plainly(got);
    if (!holds(got, "VersioningConfiguration")) return {Verdict::kNo, "the parameter is ignored"};
    const bool enabled = holds(got, ">Enabled<");
    const bool suspended = holds(got, ">Suspended<");
    return {Verdict::kYes, enabled     ? "supported, enabled in this bucket"
                           : suspended ? "supported, suspended in this bucket"
                                       : "supported, not enabled in this bucket"};
}

ProbeAnswer check_object_lock(ProbeSession& session) {
    const S3Outcome got = session.ask("", {{"object-lock", ""}});
    if (got.ok()) {
        const bool on = holds(got, "ObjectLockConfiguration");
        return {on ? Verdict::kYes : Verdict::kNo, on ? "enabled in this bucket" : "the parameter is ignored"};
    }
    const bool known =
        got.code == "ObjectLockConfigurationNotFoundError" || got.code == "NoSuchObjectLockConfiguration";
    // What it says of a bucket without locks is not uniform; only "not
    // implemented" says that there are none.
    if (known || got.code == "InvalidBucketState") return {Verdict::kNo, "not enabled in this bucket: " + got.code};
    return judge_plainly(got);
}

ProbeAnswer check_lifecycle(ProbeSession& session) {
    const S3Outcome got = session.ask("", {{"lifecycle", ""}});
    if (got.ok()) return {Verdict::kYes, "rules are set"};
    if (got.code == "NoSuchLifecycleConfiguration") return {Verdict::kYes, "supported, no rule is set"};
    return judge_plainly(got);
}

constexpr std::array kIntegrityChecks = {
    ProbeCheck{"signed payload verified", "bytes changed on the way are refused; else cofre hashes them once more",
               check_payload_verified},
    ProbeCheck{"Content-MD5 verified", "a second guard of the body", check_md5_verified},
    ProbeCheck{"SHA-256 kept and returned", "an upload is proven by HEAD; else only by reading it back",
               check_checksum_kept},
    ProbeCheck{"SHA-256 verified", "a sum that nobody compared proves nothing", check_checksum_verified},
    ProbeCheck{"GetObjectAttributes", "checksums of parts can be asked for", check_attributes},
};

constexpr std::array kListingChecks = {
    ProbeCheck{"ListObjectsV2", "the newer way to list; else version 1 is used", check_list_v2},
    ProbeCheck{"ListObjects (v1)", "the older way, which every store should know", check_list_v1},
    ProbeCheck{"encoding-type=url", "names that XML cannot hold can be listed", check_url_encoding},
    ProbeCheck{"delimiter", "`s3 ls` shows one folder at a time", check_delimiter},
    ProbeCheck{"start-after", "a listing goes on in the middle", check_start_after},
    ProbeCheck{"batch delete", "1,000 objects for one request", check_batch_delete},
};

constexpr std::array kMultipartChecks = {
    ProbeCheck{"multipart upload", "files larger than multipart_threshold", check_multipart},
    ProbeCheck{"ETag of parts ends in -N", "only a hint", check_multipart_etag},
    ProbeCheck{"unequal parts", "parts grow with a stream of unknown length; else it ends at max_parts * part_size",
               check_unequal_parts},
    ProbeCheck{"small parts refused", "the smallest part is 5 MiB, as on Amazon", check_small_parts},
    ProbeCheck{"copy into a part", "copies of more than 5 GiB inside a bucket", check_copy_part},
    ProbeCheck{"list parts", "a broken upload goes on where it was", check_list_parts},
    ProbeCheck{"list uploads", "`cofre cleanup` finds what others left", check_list_uploads},
    ProbeCheck{"abort upload", "parts of a failed upload are not paid for", check_abort},
};

constexpr std::array kBucketChecks = {
    ProbeCheck{"versioning", "deleted objects stay, and are paid for, until a rule removes them", check_versioning},
    ProbeCheck{"object lock", "nobody can delete a backup before its time", check_object_lock},
    ProbeCheck{"lifecycle rules", "the store itself removes what is old", check_lifecycle},
};

}  // namespace

std::span<const ProbeCheck> integrity_checks() {
    return kIntegrityChecks;
}
std::span<const ProbeCheck> listing_checks() {
    return kListingChecks;
}
std::span<const ProbeCheck> multipart_checks() {
    return kMultipartChecks;
}
std::span<const ProbeCheck> bucket_checks() {
    return kBucketChecks;
}

}  // namespace cofre::s3
