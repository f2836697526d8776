#include <string>
#include <string_view>

#include <fmt/format.h>

#include "crypto/digest.h"
#include "objects/json_line.h"
#include "objects/manifest.h"
#include "objects/manifest_layout.h"

namespace cofre::objects {
namespace {

void encode_stored(JsonLine& line, const ManifestEntry& entry) {
    const StoredObject& stored = entry.stored;
    line.begin_object("object");
    line.text("key", stored.key);
    // Without compression the object is the file; saying so twice would cost a
    // quarter of the manifest.
    if (stored.size != entry.size) line.number("size", stored.size);
    if (stored.sha256 != entry.sha256) line.text("sha256", stored.sha256.hex());
    line.optional_text("etag", stored.etag);
    line.optional_text("version_id", stored.version_id);
    line.text("compression", to_string(stored.compression));
    line.text("proof", to_string(stored.proof));
    line.end_object();
}

void encode_summary(JsonLine& line, const ManifestSummary& summary) {
    line.begin_object("summary");
    line.number("files", summary.files);
    line.number("bytes", summary.bytes);
    line.number("uploaded_files", summary.uploaded_files);
    line.number("uploaded_bytes", summary.uploaded_bytes);
    line.number("skipped_special", summary.skipped_special);
    line.number("errors", summary.errors);
    line.end_object();
}

}  // namespace

std::string encode_header(const ManifestHeader& header) {
    std::string body;
    JsonLine line(body);
    line.text("id", header.id);
    line.text("job", header.job);
    line.text("host", header.host);
    line.text("tool_version", header.tool_version);
    line.time("started_at", header.started_at.time_since_epoch().count());
    line.time("finished_at", header.finished_at.time_since_epoch().count());
    line.texts("sources", header.sources);
    line.text("prefix", header.prefix);
    line.optional_text("encryption", header.encryption);
    line.number("exit_status", static_cast<std::uint64_t>(header.exit_status));
    encode_summary(line, header.summary);
    line.number("entries", header.entries);
    line.text("entries_sha256", header.entries_sha256.hex());
    line.open_array("files");
    body.erase(0, 1);  // The '{', which kHeaderStart holds.
    return fmt::format("{}{}{}{}", kHeaderStart, crypto::sha256(body).hex(), kHeaderDigestEnd, body);
}

std::string encode_entry(const ManifestEntry& entry) {
    std::string text;
    text.reserve(512);
    JsonLine line(text);
    line.text("path", entry.path);
    line.text("type", to_string(entry.type));
    line.text("mode", fmt::format("{:04o}", entry.mode & 07777U));
    line.number("uid", entry.uid);
    line.number("gid", entry.gid);
    line.optional_text("user", entry.user);
    line.optional_text("group", entry.group);
    line.time("mtime", entry.mtime_ns);
    line.time("ctime", entry.ctime_ns);
    line.number("inode", entry.inode);
    if (entry.type == EntryType::kSymlink) line.text("link_target", entry.link_target);
    if (entry.type == EntryType::kFile) {
        line.number("size", entry.size);
        line.text("sha256", entry.sha256.hex());
        encode_stored(line, entry);
        if (entry.archived) line.flag("archived");
    }
    line.finish();
    return text;
}

std::string encode_error(const ManifestError& error) {
    std::string text;
    JsonLine line(text);
    line.text("path", error.path);
    line.text("message", error.message);
    line.finish();
    return text;
}

}  // namespace cofre::objects
