#include "backup/dump_fetch.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "backup/dump_store.h"
#include "backup/object_download.h"
#include "base/encoding.h"
#include "base/pushed_stream.h"
#include "base/utf8.h"
#include "objects/manifest_reader.h"
#include "repo/blob_stream.h"
#include "repo/tree_walk.h"

namespace cofre::backup {
namespace {

constexpr std::string_view kDumpsFolder = "/databases/";
constexpr int kBlobThreads = 4;
/// A million tables with long names fit.
constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{512} << 20U;

class FetchReader final : public dump::DumpReader {
public:
    FetchReader(const CallContext& ctx, PushedStream::Producer producer, Progress& progress)
        : stream_(ctx, std::move(producer)), progress_(progress) {}

    Result<std::size_t> read(std::span<std::byte> room) override {
        COFRE_ASSIGN(const std::size_t count, stream_.read(room));
        progress_.bytes_done += count;
        if (count == 0) ++progress_.files_done;
        return count;
    }

private:
    PushedStream stream_;
    Progress& progress_;
};

std::unique_ptr<dump::DumpReader> fetch(const CallContext& ctx, PushedStream::Producer producer, Progress& progress) {
    return std::make_unique<FetchReader>(ctx, std::move(producer), progress);
}

Error no_such_dump_file(const std::string& name) {
    return Error(ErrorCode::kNotFound, "the backup has no file \"" + escape_for_display(name) + "\" of the dump");
}

class RepositoryDumpFiles final : public dump::DumpFiles {
public:
    RepositoryDumpFiles(repo::Repository& repository, const repo::Id& folder, Progress& progress)
        : repository_(repository), folder_(folder), progress_(progress) {}

    Result<std::unique_ptr<dump::DumpReader>> open(const CallContext& ctx, const std::string& name) override {
        COFRE_ASSIGN(auto node, repo::find_node(ctx, repository_, folder_, name));
        if (!node.content) return no_such_dump_file(name);
        return fetch(
            ctx,
            [&repository = repository_, blobs = *std::move(node.content)](const CallContext& inner,
                                                                          const ByteSink& sink) {
                return repo::BlobStream(inner, repository, kBlobThreads).read(blobs, sink);
            },
            progress_);
    }

private:
    repo::Repository& repository_;
    repo::Id folder_;
    Progress& progress_;
};

class ObjectDumpFiles final : public dump::DumpFiles {
public:
    using Entries = std::map<std::string, objects::ManifestEntry>;
    ObjectDumpFiles(store::ObjectStore& store, Entries entries, Progress& progress)
        : store_(store), entries_(std::move(entries)), progress_(progress) {}

    Result<std::unique_ptr<dump::DumpReader>> open(const CallContext& ctx, const std::string& name) override {
        const auto found = entries_.find(name);
        if (found == entries_.end()) return no_such_dump_file(name);
        return fetch(
            ctx,
            [&store = store_, &entry = found->second](const CallContext& inner, const ByteSink& sink) {
                return download_stream(inner, store, entry, sink);
            },
            progress_);
    }

private:
    store::ObjectStore& store_;
    const Entries entries_;
    Progress& progress_;
};

/// Collects a small file.
class TextSink {
public:
    ByteSink sink() {
        return [this](std::span<const std::byte> bytes) -> Status {
            if (text_.size() + bytes.size() > kMaxRecordBytes) {
                return Error(ErrorCode::kResourceExhausted, "the record of a dump is larger than 512 MiB");
            }
            text_ += to_text(bytes);
            return {};
        };
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

/// "a/b" of "a/b/c".
std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

/// Whether a dump of `source`, as a record says it, is kept in this folder.
bool is_place_of(const std::string& source, const std::string& folder) {
    if (source.starts_with("command:")) return folder.starts_with(std::string(kDumpsFolder) + "command/");
    const auto address = dump::parse_database_url(source);
    return address && dump_folder(*address) == folder;
}

/// nullopt: it is not there.
template <typename T>
Result<std::optional<T>> find_if_there(Result<T> found) {
    if (found) return std::optional<T>(*std::move(found));
    const auto code = found.error().code();
    if (code == ErrorCode::kNotFound || code == ErrorCode::kInvalidArgument) return std::optional<T>();
    return std::move(found).error();
}

bool is_record_path(const std::string& path) {
    const std::string suffix(dump::kRecordName);
    if (!path.ends_with(suffix)) return false;
    const auto at = path.size() - suffix.size();
    return at == 0 || path[at - 1] == '/' || path[at - 1] == '.';
}

class ManifestDumpSearch {
public:
    ManifestDumpSearch(const CallContext& ctx, store::ObjectStore& store, objects::ManifestReader& reader,
                       Progress& progress)
        : ctx_(ctx), store_(store), reader_(reader), progress_(progress) {}

    Result<ManifestDumps> run() {
        COFRE_TRY(read_records());
        COFRE_TRY(reader_.rewind());
        COFRE_TRY(collect_files());
        ManifestDumps found{.header = reader_.header(), .dumps = {}, .has_other_files = has_other_files_};
        for (auto& [path, record] : records_) {
            auto& entries = entries_[path];
            for (const auto& file : record.files) {
                if (entries.count(file.name) == 0) {
                    return Error(ErrorCode::kCorruption, "the manifest does not hold \"" +
                                                             escape_for_display(file.name) + "\" of the dump " +
                                                             escape_for_display(path));
                }
            }
            found.dumps.push_back({.place = path.substr(0, path.size() - dump::kRecordName.size() - 1),
                                   .record = std::move(record),
                                   .files = std::make_unique<ObjectDumpFiles>(store_, std::move(entries), progress_)});
        }
        return found;
    }

private:
    Status read_records() {
        for (;;) {
            COFRE_ASSIGN(const auto entry, reader_.next());
            if (!entry) return {};
            // A file of a disk has an inode; what a backup adds has none.
            if (!is_record_path(entry->path) || entry->type != objects::EntryType::kFile || entry->inode != 0) continue;
            TextSink text;
            COFRE_TRY(download_stream(ctx_, store_, *entry, text.sink()));
            auto record = dump::decode_record(text.text());
            if (!record) return std::move(record).error().context(escape_for_display(entry->path));
            for (const auto& file : record->files)
                owners_.emplace(join(folder_of(entry->path), file.name), std::pair(entry->path, file.name));
            records_.emplace(entry->path, *std::move(record));
        }
    }

    static std::string join(const std::string& folder, const std::string& name) {
        return folder.empty() ? name : folder + "/" + name;
    }

    Status collect_files() {
        for (;;) {
            COFRE_ASSIGN(auto entry, reader_.next());
            if (!entry) return {};
            if (entry->type != objects::EntryType::kFile || records_.count(entry->path) != 0) continue;
            const auto owner = owners_.find(entry->path);
            if (owner == owners_.end()) {
                has_other_files_ = true;
                continue;
            }
            const auto& [record, name] = owner->second;
            entries_[record].emplace(name, *std::move(entry));
        }
    }

    const CallContext& ctx_;
    store::ObjectStore& store_;
    objects::ManifestReader& reader_;
    Progress& progress_;
    std::map<std::string, dump::DumpRecord> records_;                    ///< By the path of the record.
    std::map<std::string, std::pair<std::string, std::string>> owners_;  ///< Path of a file: its record and its name.
    std::map<std::string, ObjectDumpFiles::Entries> entries_;            ///< Likewise.
    bool has_other_files_ = false;
};

}  // namespace

Result<std::vector<StoredDump>> find_dumps(const CallContext& ctx, repo::Repository& repository, const repo::Id& tree,
                                           const std::vector<std::string>& paths, Progress& progress) {
    std::vector<StoredDump> dumps;
    for (const auto& path : paths) {
        if (!path.starts_with(kDumpsFolder)) continue;
        const auto folder = find_if_there(repo::find_folder(ctx, repository, tree, path));
        if (!folder) return folder.error();
        if (!*folder) continue;
        const auto node = find_if_there(repo::find_node(ctx, repository, **folder, dump::kRecordName));
        if (!node) return node.error();
        if (!*node || !(*node)->content) continue;
        TextSink text;
        COFRE_TRY(repo::BlobStream(ctx, repository, 1).read(*(*node)->content, text.sink()));
        auto record = dump::decode_record(text.text());
        if (!record) return std::move(record).error().context(escape_for_display(path));
        if (!is_place_of(record->source, path)) continue;
        dumps.push_back({.place = path,
                         .record = *std::move(record),
                         .files = std::make_unique<RepositoryDumpFiles>(repository, **folder, progress)});
    }
    return dumps;
}

Result<ManifestDumps> find_dumps(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& manifest,
                                 const std::filesystem::path& temp_folder, Progress& progress) {
    COFRE_ASSIGN(auto reader, objects::ManifestReader::open(store, ctx, manifest, temp_folder));
    return ManifestDumpSearch(ctx, store, reader, progress).run();
}

std::uint64_t bytes_of(const dump::DumpRecord& record) {
    std::uint64_t sum = 0;
    for (const auto& file : record.files)
        sum += file.bytes;
    return sum;
}

}  // namespace cofre::backup
