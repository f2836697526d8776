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
using HeaderRule = FieldRule<HeaderDraft>;

Status ignore(HeaderDraft& /*draft*/, const Value& /*value*/) {
    return {};
}

constexpr std::array kHeaderRules = {
    HeaderRule{"id", kText, kRequired, [](HeaderDraft& d, const Value& v) { return set(d.header.id, v); }},
    HeaderRule{"job", kBytes, kRequired, [](HeaderDraft& d, const Value& v) { return set(d.header.job, v); }},
    HeaderRule{"host", kBytes, kRequired, [](HeaderDraft& d, const Value& v) { return set(d.header.host, v); }},
    HeaderRule{"tool_version", kBytes, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.tool_version, v); }},
    HeaderRule{"started_at", kText, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.started_at, v); }},
    HeaderRule{"finished_at", kText, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.finished_at, v); }},
    HeaderRule{"sources", kArray, kRequired, ignore},
    HeaderRule{"sources[]", kText, kRepeated,
               [](HeaderDraft& d, const Value& v) { return set(d.header.sources.emplace_back(), v); }},
    HeaderRule{"sources_base64", kArray, kOptional,
               [](HeaderDraft& d, const Value& /*v*/) {
                   d.has_raw_sources = true;
                   return Status();
               }},
    HeaderRule{"sources_base64[]", kText, kRepeated,
               [](HeaderDraft& d, const Value& v) -> Status {
                   COFRE_ASSIGN(d.raw_sources.emplace_back(), decode_base64_text(*v.text));
                   return {};
               }},
    HeaderRule{"prefix", kBytes, kRequired, [](HeaderDraft& d, const Value& v) { return set(d.header.prefix, v); }},
    HeaderRule{"encryption", kBytes, kOptional,
               [](HeaderDraft& d, const Value& v) { return set(d.header.encryption, v); }},
    HeaderRule{"exit_status", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.exit_status, v); }},
    HeaderRule{"summary", kObject, kRequired, ignore},
    HeaderRule{"summary.files", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.summary.files, v); }},
    HeaderRule{"summary.bytes", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.summary.bytes, v); }},
    HeaderRule{"summary.uploaded_files", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.summary.uploaded_files, v); }},
    HeaderRule{"summary.uploaded_bytes", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.summary.uploaded_bytes, v); }},
    HeaderRule{"summary.skipped_special", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.summary.skipped_special, v); }},
    HeaderRule{"summary.errors", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.summary.errors, v); }},
    HeaderRule{"entries", kUnsigned, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.entries, v); }},
    HeaderRule{"entries_sha256", kText, kRequired,
               [](HeaderDraft& d, const Value& v) { return set(d.header.entries_sha256, v); }},
    HeaderRule{"files", kArray, kRequired, ignore},
};

// A newer version is told from damage before anything else is looked at, since
// the rest may look different there.
Status check_version(std::string_view line) {
    if (!line.starts_with(kVersionStart)) return corrupt_record("this is no manifest");
    const std::string_view rest = line.substr(kVersionStart.size());
    unsigned version = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), version);
    if (parsed.ec == std::errc() && version > kManifestVersion) {
        return Error(ErrorCode::kUnsupported,
                     fmt::format("it has version {}, and this program reads up to {}", version, kManifestVersion))
            .with_hint("install a newer cofre");
    }
    if (!line.starts_with(kHeaderStart)) return corrupt_record("this is no manifest");
    return {};
}

// The part that the digest in front of it covers. Compared as text, so that
// not even the case of a digit may differ.
Result<std::string_view> check_digest(std::string_view line) {
    constexpr std::size_t kDigits = 2 * crypto::Sha256Digest::kSize;
    const std::string_view rest = line.substr(kHeaderStart.size());
    const std::string_view digits = rest.substr(0, kDigits);
    const std::string_view after = rest.substr(digits.size());
    if (!after.starts_with(kHeaderDigestEnd)) return corrupt_record("its digest is malformed");
    const std::string_view body = after.substr(kHeaderDigestEnd.size());
    if (crypto::sha256(body).hex() != digits) return corrupt_record("it does not match its digest");
    return body;
}

Status decode(std::string_view line, HeaderDraft& draft) {
    if (line.size() > kMaxHeaderBytes) return corrupt_record("the line is too long");
    COFRE_TRY(check_version(line));
    COFRE_ASSIGN(const auto body, check_digest(line));
    if (!body.ends_with(kHeaderEnd)) return corrupt_record("the line does not end where the files begin");
    COFRE_TRY(decode_record(fmt::format("{{{}]}}", body), kHeaderRules, draft));
    if (!is_snapshot_id(draft.header.id)) return corrupt_record("its id is not 16 hexadecimal digits");
    if (draft.has_raw_sources) {
        if (draft.raw_sources.size() != draft.header.sources.size())
            return corrupt_record("not every source has its bytes");
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
