#include "repo/json_writer.h"
#include "repo/snapshot.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kShortIdDigits = 8;

void append_summary(std::string& out, const SnapshotSummary& summary) {
    ObjectWriter object(out);
    object.time("\"backup_start\":", summary.backup_start);
    object.time("\"backup_end\":", summary.backup_end);
    object.number("\"files_new\":", summary.files_new);
    object.number("\"files_changed\":", summary.files_changed);
    object.number("\"files_unmodified\":", summary.files_unmodified);
    object.number("\"dirs_new\":", summary.dirs_new);
    object.number("\"dirs_changed\":", summary.dirs_changed);
    object.number("\"dirs_unmodified\":", summary.dirs_unmodified);
    object.number("\"data_blobs\":", summary.data_blobs);
    object.number("\"tree_blobs\":", summary.tree_blobs);
    object.number("\"data_added\":", summary.data_added);
    object.number("\"data_added_packed\":", summary.data_added_packed);
    object.number("\"total_files_processed\":", summary.total_files_processed);
    object.number("\"total_bytes_processed\":", summary.total_bytes_processed);
    object.unknown(summary.unknown_fields);
    object.close();
}

void append_snapshot_fields(ObjectWriter& object, const Snapshot& snapshot) {
    object.time("\"time\":", snapshot.time);
    object.some_id("\"parent\":", snapshot.parent);
    if (snapshot.tree) {
        object.id("\"tree\":", *snapshot.tree);
    } else {
        object.value("\"tree\":") += "null";
    }
    object.texts("\"paths\":", snapshot.paths);
    object.some_text("\"hostname\":", snapshot.hostname);
    object.some_text("\"username\":", snapshot.username);
    object.some_number("\"uid\":", snapshot.uid);
    object.some_number("\"gid\":", snapshot.gid);
    object.some_texts("\"excludes\":", snapshot.excludes);
    object.some_texts("\"tags\":", snapshot.tags);
    object.some_id("\"original\":", snapshot.original);
    object.some_text("\"program_version\":", snapshot.program_version);
    if (snapshot.summary) append_summary(object.value("\"summary\":"), *snapshot.summary);
    object.unknown(snapshot.unknown_fields);
}

}  // namespace

std::string encode_snapshot(const Snapshot& snapshot) {
    std::string out;
    ObjectWriter object(out);
    append_snapshot_fields(object, snapshot);
    object.close();
    return out;
}

std::string encode_listed_snapshot(const ListedSnapshot& listed) {
    std::string out;
    ObjectWriter object(out);
    append_snapshot_fields(object, listed.snapshot);
    object.text("\"id\":", listed.id);
    object.text("\"short_id\":", std::string_view(listed.id).substr(0, kShortIdDigits));
    object.close();
    return out;
}

}  // namespace cofre::repo
