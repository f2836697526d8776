#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "objects/field_values.h"
#include "objects/manifest.h"
#include "objects/manifest_layout.h"
#include "objects/record_decoder.h"
#include "store/object_store.h"

namespace cofre::objects {
namespace {

using enum FieldForm;
using enum Presence;
using Value = JsonValue;

// What only some entries have.
struct EntryDraft {
    ManifestEntry entry;
    std::optional<std::string> link_target;
    std::optional<std::uint64_t> size;
    std::optional<crypto::Sha256Digest> sha256;
    bool has_object = false;
    std::optional<std::uint64_t> stored_size;
    std::optional<crypto::Sha256Digest> stored_sha256;
};
using Draft = EntryDraft;
using Rule = FieldRule<EntryDraft>;

constexpr std::array kEntryRules = {
    Rule{"path", kBytes, kRequired, [](Draft& d, const Value& v) { return set(d.entry.path, v); }},
    Rule{"type", kText, kRequired, [](Draft& d, const Value& v) { return set(d.entry.type, v); }},
    Rule{"mode", kText, kRequired, [](Draft& d, const Value& v) { return set_mode(d.entry.mode, v); }},
    Rule{"uid", kUnsigned, kRequired, [](Draft& d, const Value& v) { return set(d.entry.uid, v); }},
    Rule{"gid", kUnsigned, kRequired, [](Draft& d, const Value& v) { return set(d.entry.gid, v); }},
    Rule{"user", kBytes, kOptional, [](Draft& d, const Value& v) { return set(d.entry.user, v); }},
    Rule{"group", kBytes, kOptional, [](Draft& d, const Value& v) { return set(d.entry.group, v); }},
    Rule{"mtime", kText, kRequired, [](Draft& d, const Value& v) { return set_nanoseconds(d.entry.mtime_ns, v); }},
    Rule{"ctime", kText, kRequired, [](Draft& d, const Value& v) { return set_nanoseconds(d.entry.ctime_ns, v); }},
    Rule{"inode", kUnsigned, kRequired, [](Draft& d, const Value& v) { return set(d.entry.inode, v); }},
    Rule{"link_target", kBytes, kOptional, [](Draft& d, const Value& v) { return set(d.link_target, v); }},
    Rule{"size", kUnsigned, kOptional, [](Draft& d, const Value& v) { return set(d.size, v); }},
    Rule{"sha256", kText, kOptional, [](Draft& d, const Value& v) { return set(d.sha256, v); }},
    Rule{"object", kObject, kOptional,
         [](Draft& d, const Value& /*v*/) {
             d.has_object = true;
             return Status();
         }},
    Rule{"object.key", kBytes, kOptional, [](Draft& d, const Value& v) { return set(d.entry.stored.key, v); }},
    Rule{"object.size", kUnsigned, kOptional, [](Draft& d, const Value& v) { return set(d.stored_size, v); }},
    Rule{"object.sha256", kText, kOptional, [](Draft& d, const Value& v) { return set(d.stored_sha256, v); }},
    Rule{"object.etag", kBytes, kOptional, [](Draft& d, const Value& v) { return set(d.entry.stored.etag, v); }},
    Rule{"object.version_id", kBytes, kOptional,
         [](Draft& d, const Value& v) { return set(d.entry.stored.version_id, v); }},
    Rule{"object.compression", kText, kOptional,
         [](Draft& d, const Value& v) { return set(d.entry.stored.compression, v); }},
    Rule{"object.proof", kText, kOptional, [](Draft& d, const Value& v) { return set(d.entry.stored.proof, v); }},
    Rule{"archived", kBoolean, kOptional, [](Draft& d, const Value& v) { return set(d.entry.archived, v); }},
};

constexpr std::array kErrorRules = {
    FieldRule<ManifestError>{"path", kBytes, kRequired,
                             [](ManifestError& e, const Value& v) { return set(e.path, v); }},
    FieldRule<ManifestError>{"message", kBytes, kRequired,
                             [](ManifestError& e, const Value& v) { return set(e.message, v); }},
};

Error corrupt(const char* why) {
    return Error(ErrorCode::kCorruption, why);
}

Status complete_file(EntryDraft& draft) {
    if (!draft.size || !draft.sha256 || !draft.has_object) return corrupt("a file without size, sha256 or object");
    ManifestEntry& entry = draft.entry;
    if (!store::ObjectKey::parse(entry.stored.key)) return corrupt("the key of the object is not one");
    entry.size = *draft.size;
    entry.sha256 = *draft.sha256;
    entry.stored.size = draft.stored_size.value_or(entry.size);
    entry.stored.sha256 = draft.stored_sha256.value_or(entry.sha256);
    return {};
}

Status complete(EntryDraft& draft) {
    ManifestEntry& entry = draft.entry;
    if (!is_safe_relative_path(entry.path)) return corrupt("the path is not a safe relative one");
    const bool is_link = entry.type == EntryType::kSymlink;
    if (is_link != draft.link_target.has_value()) return corrupt("a link has a target, and nothing else has one");
    if (is_link) entry.link_target = *std::move(draft.link_target);
    if (entry.link_target.find('\0') != std::string::npos) return corrupt("the target of the link holds a NUL");
    if (entry.type == EntryType::kFile) return complete_file(draft);
    if (draft.size || draft.sha256 || draft.has_object || entry.archived) return corrupt("only a file has an object");
    return {};
}

}  // namespace

Result<ManifestEntry> decode_entry(std::string_view line) {
    EntryDraft draft;
    Status status = line.size() > kMaxLineBytes ? corrupt("the line is too long") : Status();
    if (status) status = decode_record(line, kEntryRules, draft);
    if (status) status = complete(draft);
    if (!status) return std::move(status).error().context("decode manifest entry");
    return std::move(draft.entry);
}

Result<ManifestError> decode_error(std::string_view line) {
    ManifestError error;
    Status status = line.size() > kMaxLineBytes ? corrupt("the line is too long") : Status();
    if (status) status = decode_record(line, kErrorRules, error);
    if (!status) return std::move(status).error().context("decode manifest error");
    return error;
}

}  // namespace cofre::objects
