#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "objects/field_values.h"
#include "objects/manifest.h"
#include "objects/manifest_layout.h"
#include "objects/record_decoder.h"

namespace cofre::objects {
namespace {

using enum FieldForm;
using enum Presence;
using Value = JsonValue;

struct HeaderDraft {
    ManifestHeader header;
    std::vector<std::string> raw_sources;
    bool has_raw_sources = false;
};
using Draft = HeaderDraft;
using Rule = FieldRule<HeaderDraft>;

Status ignore(Draft& /*draft*/, const Value& /*value*/) {
    return {};
}

constexpr std::array kHeaderRules = {
    Rule{"id", kText, kRequired, [](Draft& d, const Value& v) { return set(d.header.id, v); }},
    Rule{"job", kBytes, kRequired, [](Draft& d, const Value& v) { return set(d.header.job, v); }},
    Rule{"host", kBytes, kRequired, [](Draft& d, const Value& v) { return set(d.header.host, v); }},
    Rule{"tool_version", kBytes, kRequired, [](Draft& d, const Value& v) { return set(d.header.tool_version, v); }},
    Rule{"started_at", kText, kRequired, [](Draft& d, const Value& v) { return set(d.header.started_at, v); }},
    Rule{"finished_at", kText, kRequired, [](Draft& d, const Value& v) { return set(d.header.finished_at, v); }},
    Rule{"sources", kArray, kRequired, ignore},
    Rule{"sources[]", kText, kRepeated,
         [](Draft& d, const Value& v) { return set(d.header.sources.emplace_back(), v); }},
    Rule{"sources_base64", kArray, kOptional,
         [](Draft& d, const Value& /*v*/) {
             d.has_raw_sources = true;
             return Status();
         }},
    Rule{"sources_base64[]", kText, kRepeated,
         [](Draft& d, const Value& v) -> Status {
             COFRE_ASSIGN(d.raw_sources.emplace_back(), decode_base64_text(*v.text));
             return {};
         }},
    Rule{"prefix", kBytes, kRequired, [](Draft& d, const Value& v) { return set(d.header.prefix, v); }},
    Rule{"encryption", kBytes, kOptional, [](Draft& d, const Value& v) { return set(d.header.encryption, v); }},
    Rule{"exit_status", kUnsigned, kRequired, [](Draft& d, const Value& v) { return set(d.header.exit_status, v); }},
    Rule{"summary", kObject, kRequired, ignore},
    Rule{"summary.files", kUnsigned, kRequired,
         [](Draft& d, const Value& v) { return set(d.header.summary.files, v); }},
    Rule{"summary.bytes", kUnsigned, kRequired,
         [](Draft& d, const Value& v) { return set(d.header.summary.bytes, v); }},
    Rule{"summary.uploaded_files", kUnsigned, kRequired,
         [](Draft& d, const Value& v) { return set(d.header.summary.uploaded_files, v); }},
    Rule{"summary.uploaded_bytes", kUnsigned, kRequired,
         [](Draft& d, const Value& v) { return set(d.header.summary.uploaded_bytes, v); }},
    Rule{"summary.skipped_special", kUnsigned, kRequired,
         [](Draft& d, const Value& v) { return set(d.header.summary.skipped_special, v); }},
    Rule{"summary.errors", kUnsigned, kRequired,
         [](Draft& d, const Value& v) { return set(d.header.summary.errors, v); }},
    Rule{"entries", kUnsigned, kRequired, [](Draft& d, const Value& v) { return set(d.header.entries, v); }},
    Rule{"entries_sha256", kText, kRequired, [](Draft& d, const Value& v) { return set(d.header.entries_sha256, v); }},
    Rule{"files", kArray, kRequired, ignore},
};

Error corrupt(const char* why) {
    return Error(ErrorCode::kCorruption, why);
}

// A newer version is told from damage before anything else is looked at, since
// the rest may look different there.
Status check_version(std::string_view line) {
    if (!line.starts_with(kVersionStart)) return corrupt("this is no manifest");
    const std::string_view rest = line.substr(kVersionStart.size());
    unsigned version = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), version);
    if (parsed.ec == std::errc() && version > kManifestVersion) {
        return Error(ErrorCode::kUnsupported,
                     fmt::format("it has version {}, and this program reads up to {}", version, kManifestVersion))
            .with_hint("install a newer cofre");
    }
    if (!line.starts_with(kHeaderStart)) return corrupt("this is no manifest");
    return {};
}

// The part that the digest in front of it covers. Compared as text, so that
// not even the case of a digit may differ.
Result<std::string_view> check_digest(std::string_view line) {
    constexpr std::size_t kDigits = 2 * crypto::Sha256Digest::kSize;
    const std::string_view rest = line.substr(kHeaderStart.size());
    const std::string_view digits = rest.substr(0, kDigits);
    const std::string_view after = rest.substr(digits.size());
    if (!after.starts_with(kHeaderDigestEnd)) return corrupt("its digest is malformed");
    const std::string_view body = after.substr(kHeaderDigestEnd.size());
    if (crypto::sha256(body).hex() != digits) return corrupt("it does not match its digest");
    return body;
}

Status decode(std::string_view line, HeaderDraft& draft) {
    if (line.size() > kMaxHeaderBytes) return corrupt("the line is too long");
    COFRE_TRY(check_version(line));
    COFRE_ASSIGN(const auto body, check_digest(line));
    if (!body.ends_with(kHeaderEnd)) return corrupt("the line does not end where the files begin");
    COFRE_TRY(decode_record(fmt::format("{{{}]}}", body), kHeaderRules, draft));
    if (!is_snapshot_id(draft.header.id)) return corrupt("its id is not 16 hexadecimal digits");
    if (draft.has_raw_sources) {
        if (draft.raw_sources.size() != draft.header.sources.size()) return corrupt("not every source has its bytes");
        draft.header.sources = std::move(draft.raw_sources);
    }
    return {};
}

}  // namespace

Result<ManifestHeader> decode_header(std::string_view line) {
    HeaderDraft draft;
    if (auto status = decode(line, draft); !status) return std::move(status).error().context("decode manifest header");
    return std::move(draft.header);
}

}  // namespace cofre::objects
