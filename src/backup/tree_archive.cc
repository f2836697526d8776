#include "backup/tree_archive.h"

#include <clocale>
#include <memory>
#include <optional>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>

#include "base/utf8.h"
#include "repo/blob_stream.h"
#include "repo/file_mode.h"
#include "repo/tree_walk.h"
#include "source/hard_links.h"

namespace cofre::backup {
namespace {

struct FreeArchive {
    // Frees only: an archive that is not closed is one that failed.
    void operator()(archive* a) const {
        ::archive_write_fail(a);
        ::archive_write_free(a);
    }
};
struct FreeEntry {
    void operator()(archive_entry* entry) const { ::archive_entry_free(entry); }
};

/// libarchive translates names by the thread's locale. In UTF-8 they stay as
/// they are.
class Utf8Locale {
public:
    Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (locale_ != nullptr) before_ = ::uselocale(locale_);
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;
    ~Utf8Locale() {
        if (locale_ == nullptr) return;
        ::uselocale(before_);
        ::freelocale(locale_);
    }

private:
    locale_t locale_;
    locale_t before_ = nullptr;
};

class ArchiveWriter {
public:
    ArchiveWriter(const CallContext& ctx, repo::Repository& repo, const ArchiveOptions& options, const ByteSink& sink,
                  std::vector<std::string>& left_out)
        : repo_(repo),
          options_(options),
          sink_(sink),
          left_out_(left_out),
          stream_(ctx, repo, options.threads),
          archive_(::archive_write_new()) {}

    Status open() {
        archive* const a = archive_.get();
        if (a == nullptr) return Error(ErrorCode::kResourceExhausted, "start an archive");
        const bool is_tar = options_.format == ArchiveFormat::kTar;
        COFRE_TRY(check(is_tar ? ::archive_write_set_format_pax(a) : ::archive_write_set_format_zip(a), "start"));
        ::archive_write_set_bytes_in_last_block(a, 1);
        return check(::archive_write_open2(a, this, nullptr, &ArchiveWriter::take, nullptr, nullptr), "open");
    }

    Status add(const std::string& path, const repo::Node& node) {
        if (node.type == repo::NodeType::kSocket || node.type == repo::NodeType::kIrregular ||
            node.type == repo::NodeType::kOther) {
            left_out_.push_back(path);
            return {};
        }
        const std::unique_ptr<archive_entry, FreeEntry> entry(::archive_entry_new());
        if (!entry) return Error(ErrorCode::kResourceExhausted, "add to an archive");
        const std::string name = options_.prefix + path.substr(options_.prefix.empty() ? 1 : 0);
        describe(*entry, name, node);
        const bool is_file = node.type == repo::NodeType::kFile;
        std::optional<std::string> first;
        if (is_file && options_.format == ArchiveFormat::kTar) {
            first = links_.meet(node.device_id, node.inode, node.links, name);
        }
        if (first) ::archive_entry_set_hardlink(entry.get(), first->c_str());
        ::archive_entry_set_size(entry.get(), 0);
        const bool has_content = is_file && !first && node.content;
        if (has_content) {
            COFRE_ASSIGN(const auto size, size_of(*node.content));
            ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
        }
        COFRE_TRY(check(::archive_write_header(archive_.get(), entry.get()), path));
        if (!has_content) return {};
        return stream_.read(*node.content, [&](std::span<const std::byte> bytes) { return write(bytes, path); });
    }

    Status close() { return check(::archive_write_close(archive_.get()), "close"); }

private:
    static la_ssize_t take(archive* a, void* self, const void* data, std::size_t size) {
        auto& writer = *static_cast<ArchiveWriter*>(self);
        const Status status = writer.sink_({static_cast<const std::byte*>(data), size});
        if (status) return static_cast<la_ssize_t>(size);
        writer.sink_error_ = status.error();
        ::archive_set_error(a, EIO, "%s", status.error().message().c_str());
        return -1;
    }

    Status check(int result, const std::string& what) const {
        if (result == ARCHIVE_OK || result == ARCHIVE_WARN) return {};
        if (sink_error_) return *sink_error_;
        const char* const why = ::archive_error_string(archive_.get());
        return Error(ErrorCode::kInternal,
                     "archive: " + escape_for_display(what) + ": " + (why == nullptr ? "unknown error" : why));
    }

    static void describe(archive_entry& entry, const std::string& name, const repo::Node& node) {
        ::archive_entry_set_pathname(&entry, name.c_str());
        ::archive_entry_set_mode(&entry, repo::to_st_mode(node.mode));
        ::archive_entry_set_uid(&entry, node.uid);
        ::archive_entry_set_gid(&entry, node.gid);
        if (!node.user.empty()) ::archive_entry_set_uname(&entry, node.user.c_str());
        if (!node.group.empty()) ::archive_entry_set_gname(&entry, node.group.c_str());
        ::archive_entry_set_mtime(&entry, node.mtime.seconds, static_cast<long>(node.mtime.nanoseconds));
        if (node.type == repo::NodeType::kSymlink) ::archive_entry_set_symlink(&entry, node.link_target.c_str());
        if (node.type == repo::NodeType::kBlockDevice || node.type == repo::NodeType::kCharDevice) {
            ::archive_entry_set_rdev(&entry, node.device);
        }
        for (const auto& attribute : node.extended_attributes) {
            const std::string value = attribute.value.value_or("");
            ::archive_entry_xattr_add_entry(&entry, attribute.name.c_str(), value.data(), value.size());
        }
    }

    /// By the blobs: what the tree says may be wrong.
    Result<std::uint64_t> size_of(const std::vector<repo::Id>& content) const {
        return repo_.with_index([&](const repo::BlobIndex& index) -> Result<std::uint64_t> {
            std::uint64_t size = 0;
            for (const auto& id : content) {
                const auto place = index.find(repo::BlobType::kData, id);
                if (!place) return Error(ErrorCode::kNotFound, "data blob " + id.short_hex() + " is not in the index");
                size += place->blob.plain_length();
            }
            return size;
        });
    }

    Status write(std::span<const std::byte> bytes, const std::string& path) {
        while (!bytes.empty()) {
            const auto n = ::archive_write_data(archive_.get(), bytes.data(), bytes.size());
            if (n <= 0) return check(ARCHIVE_FATAL, path);
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        }
        return {};
    }

    repo::Repository& repo_;
    const ArchiveOptions& options_;
    const ByteSink& sink_;
    std::vector<std::string>& left_out_;
    source::HardLinks links_;
    repo::BlobStream stream_;
    std::optional<Error> sink_error_;
    std::unique_ptr<archive, FreeArchive> archive_;
};

}  // namespace

Result<ArchiveFormat> parse_archive_format(std::string_view text) {
    if (text == "tar") return ArchiveFormat::kTar;
    if (text == "zip") return ArchiveFormat::kZip;
    return Error(ErrorCode::kInvalidArgument, "archive format \"" + std::string(text) + "\" is not tar or zip");
}

Status write_archive(const CallContext& ctx, repo::Repository& repo, const repo::Id& tree,
                     const ArchiveOptions& options, const ByteSink& sink, std::vector<std::string>& left_out) {
    const Utf8Locale locale;
    ArchiveWriter writer(ctx, repo, options, sink, left_out);
    COFRE_TRY(writer.open());
    repo::TreeWalkEvents events;
    events.visit = [&](const std::string& path, repo::Node& node) -> Result<bool> {
        COFRE_TRY(repo::check_restorable_name(node.name));
        const Status added = writer.add(path, node);
        if (!added) return Error(added.error()).context("archive " + escape_for_display(path));
        return true;
    };
    COFRE_TRY(repo::walk_tree(ctx, repo, tree, {}, events));
    return writer.close();
}

}  // namespace cofre::backup
