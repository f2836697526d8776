#include "objects/testing/sample_manifest.h"

#include <span>
#include <utility>

#include "base/file.h"
#include "objects/manifest_builder.h"

namespace cofre::objects {

ManifestEntry sample_folder(std::string path) {
    ManifestEntry entry;
    entry.path = std::move(path);
    entry.type = EntryType::kDirectory;
    entry.mode = 0755;
    entry.uid = 1000;
    entry.gid = 1000;
    entry.user = "ana";
    entry.group = "ana";
    entry.mtime_ns = 1'795'311'419'123'456'789;
    entry.ctime_ns = 1'795'311'420'000'000'000;
    entry.inode = 4711;
    return entry;
}

ManifestEntry sample_file(std::string path) {
    ManifestEntry entry = sample_folder(std::move(path));
    entry.type = EntryType::kFile;
    entry.mode = 0644;
    entry.size = 12'345;
    entry.sha256 = crypto::sha256("content of " + entry.path);
    entry.stored.key = "backups/sample";
    entry.stored.size = entry.size;
    entry.stored.sha256 = entry.sha256;
    entry.stored.etag = "d41d8cd98f00b204e9800998ecf8427e";
    entry.stored.proof = Proof::kChecksum;
    return entry;
}

std::vector<ManifestEntry> sample_entries() {
    ManifestEntry plain = sample_file("docs/report.pdf");
    plain.stored.key = "backups/docs/report.pdf";

    ManifestEntry compressed = sample_file("docs/notas de reunião.txt");
    compressed.stored = {.key = "backups/docs/notas de reunião.txt.zst",
                         .size = 4'321,
                         .sha256 = crypto::sha256("compressed"),
                         .etag = "9b2cf535f27731c974343645a3985328-3",
                         .version_id = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY",
                         .compression = Compression::kZstd,
                         .proof = Proof::kReadBack};
    compressed.archived = true;

    ManifestEntry latin1 = sample_file("docs/caf\xE9\n.txt");
    latin1.stored.key = "backups/docs/caf%E9%0A.txt";
    latin1.stored.proof = Proof::kSize;
    latin1.user = "jos\xE9";
    latin1.group.clear();
    latin1.mode = 04751;
    latin1.mtime_ns = -1;

    ManifestEntry link = sample_folder("docs/zlink");
    link.type = EntryType::kSymlink;
    link.mode = 0777;
    link.link_target = "../\xFFtarget\"\\";

    ManifestEntry empty = sample_file("docs-old/empty");
    empty.size = 0;
    empty.sha256 = crypto::sha256(std::string_view());
    empty.stored = {.key = "backups/docs-old/empty.gz",
                    .size = 20,
                    .sha256 = crypto::sha256("gzip"),
                    .compression = Compression::kGzip,
                    .proof = Proof::kChecksum};
    empty.uid = 4'294'967'295;
    empty.inode = 18'446'744'073'709'551'615U;

    return {sample_folder("docs"), sample_folder("docs-old"), empty, latin1, compressed, plain, link};
}

std::vector<ManifestError> sample_errors() {
    return {{"var/locked", "open var/locked: Permission denied"}, {"b\xFF", "it \"changed\"\nwhile it was read"}};
}

ManifestHeader sample_header() {
    ManifestHeader header;
    header.id = "0123456789abcdef";
    header.job = "documents";
    header.host = "server-1";
    header.tool_version = "0.1.0";
    header.started_at = *parse_rfc3339("2026-11-22T01:36:59.5Z");
    header.finished_at = *parse_rfc3339("2026-11-22T01:40:00Z");
    header.sources = {"/srv/docs", "/srv/caf\xE9"};
    header.prefix = "backups/";
    header.exit_status = 2;
    header.summary.uploaded_files = 2;
    header.summary.uploaded_bytes = 16'666;
    header.summary.skipped_special = 1;
    return header;
}

Result<std::string> write_manifest(ManifestHeader& header, const std::vector<ManifestEntry>& entries,
                                   const std::vector<ManifestError>& errors) {
    COFRE_ASSIGN(const auto folder, TempDir::create("cofre-manifest-"));
    COFRE_ASSIGN(auto builder, ManifestBuilder::create(folder.path()));
    for (const auto& entry : entries)
        COFRE_TRY(builder.add(entry));
    for (const auto& error : errors)
        COFRE_TRY(builder.add_error(error));
    COFRE_ASSIGN(const auto document, builder.finish(header));
    return read_all(*document);
}

Result<std::string> read_all(const ByteSource& source) {
    std::string text(source.size(), '\0');
    COFRE_TRY(source.read_at(0, std::as_writable_bytes(std::span(text))));
    return text;
}

}  // namespace cofre::objects
