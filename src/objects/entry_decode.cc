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
using EntryRule = FieldRule<EntryDraft>;

constexpr std::array kEntryRules = {
    EntryRule{"path", kBytes, kRequired, [](EntryDraft& d, const Value& v) { return set(d.entry.path, v); }},
    EntryRule{"type", kText, kRequired, [](EntryDraft& d, const Value& v) { return set(d.entry.type, v); }},
    EntryRule{"mode", kText, kRequired, [](EntryDraft& d, const Value& v) { return set_mode(d.entry.mode, v); }},
    EntryRule{"uid", kUnsigned, kRequired, [](EntryDraft& d, const Value& v) { return set(d.entry.uid, v); }},
    EntryRule{"gid", kUnsigned, kRequired, [](EntryDraft& d, const Value& v) { return set(d.entry.gid, v); }},
    EntryRule{"user", kBytes, kOptional, [](EntryDraft& d, const Value& v) { return set(d.entry.user, v); }},
    EntryRule{"group", kBytes, kOptional, [](EntryDraft& d, const Value& v) { return set(d.entry.group, v); }},
    EntryRule{"mtime", kText, kRequired,
              [](EntryDraft& d, const Value& v) { return set_nanoseconds(d.entry.mtime_ns, v); }},
    EntryRule{"ctime", kText, kRequired,
              [](EntryDraft& d, const Value& v) { return set_nanoseconds(d.entry.ctime_ns, v); }},
    EntryRule{"inode", kUnsigned, kRequired, [](EntryDraft& d, const Value& v) { return set(d.entry.inode, v); }},
    EntryRule{"link_target", kBytes, kOptional, [](EntryDraft& d, const Value& v) { return set(d.link_target, v); }},
    EntryRule{"size", kUnsigned, kOptional, [](EntryDraft& d, const Value& v) { return set(d.size, v); }},
    EntryRule{"sha256", kText, kOptional, [](EntryDraft& d, const Value& v) { return set(d.sha256, v); }},
    EntryRule{"object", kObject, kOptional,
              [](EntryDraft& d, const Value& /*v*/) {
                  d.has_object = true;
                  return Status();
              }},
    EntryRule{"object.key", kBytes, kOptional,
              [](EntryDraft& d, const Value& v) { return set(d.entry.stored.key, v); }},
    EntryRule{"object.size", kUnsigned, kOptional, [](EntryDraft& d, const Value& v) { return set(d.stored_size, v); }},
    EntryRule{"object.sha256", kText, kOptional, [](EntryDraft& d, const Value& v) { return set(d.stored_sha256, v); }},
    EntryRule{"object.etag", kBytes, kOptional,
              [](EntryDraft& d, const Value& v) { return set(d.entry.stored.etag, v); }},
    EntryRule{"object.version_id", kBytes, kOptional,
              [](EntryDraft& d, const Value& v) { return set(d.entry.stored.version_id, v); }},
    EntryRule{"object.compression", kText, kOptional,
              [](EntryDraft& d, const Value& v) { return set(d.entry.stored.compression, v); }},
    EntryRule{"object.proof", kText, kOptional,
              [](EntryDraft& d, const Value& v) { return set(d.entry.stored.proof, v); }},
    EntryRule{"archived", kBoolean, kOptional, [](EntryDraft& d, const Value& v) { return set(d.entry.archived, v); }},
};

constexpr std::array kErrorRules = {
    FieldRule<ManifestError>{"path", kBytes, kRequired,
                             [](ManifestError& e, const Value& v) { return set(e.path, v); }},
    FieldRule<ManifestError>{"message", kBytes, kRequired,
                             [](ManifestError& e, const Value& v) { return set(e.message, v); }},
};

Status complete_file(EntryDraft& draft) {
    if (!draft.size || !draft.sha256 || !draft.has_object)
        return corrupt_record("a file without size, sha256 or object");
    ManifestEntry& entry = draft.entry;
    if (!store::ObjectKey::parse(entry.stored.key)) return corrupt_record("the key of the object is not one");
    entry.size = *draft.size;
    entry.sha256 = *draft.sha256;
    entry.stored.size = draft.stored_size.value_or(entry.size);
    entry.stored.sha256 = draft.stored_sha256.value_or(entry.sha256);
    return {};
}

Status complete(EntryDraft& draft) {
    ManifestEntry& entry = draft.entry;
    if (!is_safe_relative_path(entry.path)) return corrupt_record("the path is not a safe relative one");
    const bool is_link = entry.type == EntryType::kSymlink;
    if (is_link != draft.link_target.has_value())
        return corrupt_record("a link has a target, and nothing else has one");
    if (is_link) entry.link_target = *std::move(draft.link_target);
    if (entry.link_target.find('\0') != std::string::npos) return corrupt_record("the target of the link holds a NUL");
    if (entry.type == EntryType::kFile) return complete_file(draft);
    if (draft.size || draft.sha256 || draft.has_object || entry.archived)
        return corrupt_record("only a file has an object");
    return {};
}

}  // namespace

Result<ManifestEntry> decode_entry(std::string_view line) {
    EntryDraft draft;
    Status status = line.size() > kMaxLineBytes ? corrupt_record("the line is too long") : Status();
    if (status) status = decode_record(line, kEntryRules, draft);
    if (status) status = complete(draft);
    if (!status) return std::move(status).error().context("decode manifest entry");
    return std::move(draft.entry);
}

Result<ManifestError> decode_error(std::string_view line) {
    ManifestError error;
    Status status = line.size() > kMaxLineBytes ? corrupt_record("the line is too long") : Status();
    if (status) status = decode_record(line, kErrorRules, error);
    if (!status) return std::move(status).error().context("decode manifest error");
    return error;
}

}  // namespace cofre::objects
