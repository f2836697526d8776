#include <array>

#include "base/utf8.h"
#include "repo/json_reader.h"
#include "repo/snapshot.h"

namespace cofre::repo {
namespace {

// For a member, whatever its type, the function that reads it.
template <auto Member, typename T>
constexpr auto member_reader() {
    return [](JsonValue value, T& to) {
        using Field = std::remove_reference_t<decltype(to.*Member)>;
        if constexpr (std::is_same_v<Field, std::string>) {
            return read_text(value, to.*Member);
        } else if constexpr (std::is_same_v<Field, ZonedTime>) {
            return read_time(value, to.*Member);
        } else if constexpr (std::is_same_v<Field, std::optional<Id>>) {
            return read_id(value, to.*Member);
        } else if constexpr (std::is_same_v<Field, std::vector<std::string>>) {
            return read_texts(value, to.*Member);
        } else {
            return read_number(value, to.*Member);
        }
    };
}

template <auto Member>
constexpr JsonField<SnapshotSummary> summary_field(std::string_view key) {
    return {key, member_reader<Member, SnapshotSummary>()};
}

using Sum = SnapshotSummary;
constexpr std::array<JsonField<Sum>, 14> kSummaryFields = {{
    summary_field<&Sum::backup_start>("backup_start"),
    summary_field<&Sum::backup_end>("backup_end"),
    summary_field<&Sum::files_new>("files_new"),
    summary_field<&Sum::files_changed>("files_changed"),
    summary_field<&Sum::files_unmodified>("files_unmodified"),
    summary_field<&Sum::dirs_new>("dirs_new"),
    summary_field<&Sum::dirs_changed>("dirs_changed"),
    summary_field<&Sum::dirs_unmodified>("dirs_unmodified"),
    summary_field<&Sum::data_blobs>("data_blobs"),
    summary_field<&Sum::tree_blobs>("tree_blobs"),
    summary_field<&Sum::data_added>("data_added"),
    summary_field<&Sum::data_added_packed>("data_added_packed"),
    summary_field<&Sum::total_files_processed>("total_files_processed"),
    summary_field<&Sum::total_bytes_processed>("total_bytes_processed"),
}};

// What `snapshots --json` adds is read into the same struct.
struct SnapshotFields {
    ListedSnapshot listed;
    bool has_time = false;
    std::string ignored;
};

template <auto Member>
constexpr JsonField<SnapshotFields> snapshot_field(std::string_view key) {
    return {key, [](JsonValue value, SnapshotFields& to) {
                return member_reader<Member, Snapshot>()(value, to.listed.snapshot);
            }};
}

Fault read_snapshot_time(JsonValue value, SnapshotFields& to) {
    to.has_time = true;
    return read_time(value, to.listed.snapshot.time);
}

Fault read_summary(JsonValue value, SnapshotFields& to) {
    bool is_null = false;
    if (value.is_null().get(is_null) == simdjson::SUCCESS && is_null) return {};
    JsonObject object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return "is no object";
    auto& summary = to.listed.snapshot.summary.emplace();
    return read_object<Sum>(object, kSummaryFields, summary, summary.unknown_fields).fault;
}

constexpr std::array<JsonField<SnapshotFields>, 15> kSnapshotFields = {{
    {"time", read_snapshot_time},
    snapshot_field<&Snapshot::parent>("parent"),
    snapshot_field<&Snapshot::tree>("tree"),
    snapshot_field<&Snapshot::paths>("paths"),
    snapshot_field<&Snapshot::hostname>("hostname"),
    snapshot_field<&Snapshot::username>("username"),
    snapshot_field<&Snapshot::uid>("uid"),
    snapshot_field<&Snapshot::gid>("gid"),
    snapshot_field<&Snapshot::excludes>("excludes"),
    snapshot_field<&Snapshot::tags>("tags"),
    snapshot_field<&Snapshot::original>("original"),
    snapshot_field<&Snapshot::program_version>("program_version"),
    {"summary", read_summary},
    // Of `snapshots --json` only.
    {"id", [](JsonValue value, SnapshotFields& to) { return read_text(value, to.listed.id); }},
    {"short_id", [](JsonValue value, SnapshotFields& to) { return read_text(value, to.ignored); }},
}};
constexpr std::size_t kStoredFields = 13;

Error bad_snapshot(std::string_view why) {
    return Error(ErrorCode::kCorruption, "decode snapshot: " + std::string(why));
}

Result<ListedSnapshot> read_snapshot(JsonObject object, std::span<const JsonField<SnapshotFields>> table) {
    SnapshotFields fields;
    const auto found = read_object<SnapshotFields>(object, table, fields, fields.listed.snapshot.unknown_fields);
    if (!found.fault.empty()) {
        return bad_snapshot("field \"" + escape_for_display(found.field) + "\" " + std::string(found.fault));
    }
    if (!fields.has_time) return bad_snapshot("it has no time");
    return std::move(fields.listed);
}

Status check_snapshot_size(std::string_view text) {
    if (text.size() <= kMaxSnapshotBytes) return {};
    return Error(ErrorCode::kResourceExhausted, "decode snapshot: " + std::to_string(text.size()) + " bytes");
}

}  // namespace

Result<Snapshot> decode_snapshot(std::string_view text) {
    COFRE_TRY(check_snapshot_size(text));
    JsonText json;
    auto document = json.open(text);
    if (!document) return std::move(document).error().context("decode snapshot");
    JsonObject object;
    if (document->get_object().get(object) != simdjson::SUCCESS) return bad_snapshot("no JSON object");
    COFRE_ASSIGN(auto listed, read_snapshot(object, std::span(kSnapshotFields).first(kStoredFields)));
    if (!JsonText::is_at_end(*document)) return bad_snapshot("something follows it");
    return std::move(listed.snapshot);
}

Result<std::vector<ListedSnapshot>> decode_snapshot_list(std::string_view text) {
    COFRE_TRY(check_snapshot_size(text));
    JsonText json;
    auto document = json.open(text);
    if (!document) return std::move(document).error().context("decode snapshots");
    simdjson::ondemand::array array;
    if (document->get_array().get(array) != simdjson::SUCCESS) return bad_snapshot("no list of snapshots");
    std::vector<ListedSnapshot> list;
    for (auto entry : array) {
        JsonObject object;
        if (entry.get_object().get(object) != simdjson::SUCCESS) return bad_snapshot("an element is no object");
        COFRE_ASSIGN(auto listed, read_snapshot(object, kSnapshotFields));
        list.push_back(std::move(listed));
    }
    if (!JsonText::is_at_end(*document)) return bad_snapshot("something follows the list");
    return list;
}

}  // namespace cofre::repo
