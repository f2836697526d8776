#include "objects/manifest_reader.h"

#include <utility>

#include "base/byte_source.h"
#include "base/file.h"
#include "objects/document_reader.h"
#include "objects/manifest_layout.h"
#include "objects/unlinked_file.h"

namespace cofre::objects {
namespace {

struct Entries {
    Entries(const ByteSource& source, std::uint64_t offset) : lines(source, offset) {}
    LineReader lines;
    SectionReader section{lines, kErrorsStart};
};

}  // namespace

struct ManifestReader::Impl {
    Impl(UniqueFd file, std::uint64_t size) : fd(std::move(file)), source(fd.get(), size) {}

    UniqueFd fd;
    FileSource source;
    DocumentMap map;
    std::optional<Entries> entries;
};

Result<ManifestReader> ManifestReader::open(store::ObjectStore& store, const CallContext& ctx,
                                            const store::ObjectKey& key, const std::filesystem::path& temp_folder) {
    COFRE_ASSIGN(auto fd, create_unlinked_file(temp_folder));
    std::uint64_t size = 0;
    const auto save = [&](std::span<const std::byte> bytes) {
        size += bytes.size();
        return write_all(fd.get(), bytes, "temporary file");
    };
    if (auto head = store.get(ctx, key, {}, save); !head) {
        return std::move(head).error().context("fetch manifest " + key.str());
    }
    auto impl = std::make_unique<Impl>(std::move(fd), size);
    auto map = check_document(impl->source);
    if (!map) return std::move(map).error().context("manifest " + key.str());
    impl->map = *std::move(map);
    ManifestReader reader(std::move(impl));
    COFRE_TRY(reader.rewind());
    return reader;
}

ManifestReader::ManifestReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ManifestReader::ManifestReader(ManifestReader&&) noexcept = default;
ManifestReader& ManifestReader::operator=(ManifestReader&&) noexcept = default;
ManifestReader::~ManifestReader() = default;

const ManifestHeader& ManifestReader::header() const {
    return impl_->map.header;
}

Result<std::optional<ManifestEntry>> ManifestReader::next() {
    COFRE_ASSIGN(const auto line, impl_->entries->section.next());
    if (!line) return std::optional<ManifestEntry>();
    COFRE_ASSIGN(auto entry, decode_entry(*line));
    return std::optional(std::move(entry));
}

Status ManifestReader::rewind() {
    impl_->entries.emplace(impl_->source, impl_->map.entries_offset);
    return {};
}

Status ManifestReader::read_errors(const std::function<Status(const ManifestError&)>& visit) {
    LineReader lines(impl_->source, impl_->map.errors_offset);
    SectionReader section(lines, kDocumentEnd);
    for (;;) {
        COFRE_ASSIGN(const auto line, section.next());
        if (!line) return {};
        COFRE_ASSIGN(const auto error, decode_error(*line));
        COFRE_TRY(visit(error));
    }
}

Status check_manifest_text(std::string_view text) {
    const auto map = check_document(SpanSource(text));
    return map ? Status() : map.error();
}

}  // namespace cofre::objects
