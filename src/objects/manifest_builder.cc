#include "objects/manifest_builder.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "objects/document_reader.h"
#include "objects/manifest_layout.h"
#include "objects/unlinked_file.h"

namespace cofre::objects {
namespace {

// Messages end with the cause and begin with what was done; a cut one still tells.
constexpr std::size_t kMaxMessageBytes = std::size_t{8} << 10U;

// The objects of one array, one per line and with commas between, as they will
// stand in the document, but for the newline of the last.
class Section {
public:
    static Result<Section> create(const std::filesystem::path& folder) {
        COFRE_ASSIGN(auto fd, create_unlinked_file(folder));
        return Section(std::move(fd));
    }

    // Refuses what a reader would refuse.
    Result<std::string> append(std::string_view object) {
        if (object.size() > kMaxLineBytes) {
            return Error(ErrorCode::kInvalidArgument, "write manifest: a name is too long");
        }
        std::string text = count_ == 0 ? std::string() : ",\n";
        text += object;
        COFRE_TRY(writer_.append(text));
        ++count_;
        return text;
    }

    Status flush() { return writer_.flush(); }
    std::uint64_t count() const { return count_; }
    std::uint64_t size() const { return writer_.size(); }
    int fd() const { return fd_.get(); }
    std::string_view last_newline() const { return count_ == 0 ? "" : "\n"; }

private:
    explicit Section(UniqueFd fd) : fd_(std::move(fd)), writer_(fd_.get()) {}

    UniqueFd fd_;
    BufferedWriter writer_;
    std::uint64_t count_ = 0;
};

std::string between(const Section& entries) {
    return std::string(entries.last_newline()) + std::string(kErrorsStart) + "\n";
}

std::string after(const Section& errors) {
    return std::string(errors.last_newline()) + std::string(kDocumentEnd) + "\n";
}

// header, entries, a line between, errors, the last line.
class Document final : public ByteSource {
public:
    Document(const std::string& header, Section entries, Section errors)
        : header_text_(header + "\n"),
          entries_(std::move(entries)),
          between_text_(between(entries_)),
          errors_(std::move(errors)),
          after_text_(after(errors_)) {}

    std::uint64_t size() const override {
        std::uint64_t total = 0;
        for (const ByteSource* part : parts_)
            total += part->size();
        return total;
    }

    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        for (const ByteSource* part : parts_) {
            if (offset >= part->size()) {
                offset -= part->size();
                continue;
            }
            const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), part->size() - offset));
            COFRE_TRY(part->read_at(offset, out.first(length)));
            out = out.subspan(length);
            offset = 0;
        }
        COFRE_CHECK(out.empty());
        return {};
    }

private:
    std::string header_text_;
    Section entries_;
    std::string between_text_;
    Section errors_;
    std::string after_text_;
    SpanSource header_{std::string_view(header_text_)};
    FileSource entries_bytes_{entries_.fd(), entries_.size()};
    SpanSource between_{std::string_view(between_text_)};
    FileSource errors_bytes_{errors_.fd(), errors_.size()};
    SpanSource after_{std::string_view(after_text_)};
    std::vector<const ByteSource*> parts_{&header_, &entries_bytes_, &between_, &errors_bytes_, &after_};
};

}  // namespace

struct ManifestBuilder::Impl {
    Section entries;
    Section errors;
    crypto::Sha256 digest;
    std::string last_path;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

Result<ManifestBuilder> ManifestBuilder::create(const std::filesystem::path& folder) {
    COFRE_ASSIGN(auto entries, Section::create(folder));
    COFRE_ASSIGN(auto errors, Section::create(folder));
    return ManifestBuilder(std::make_unique<Impl>(Impl{.entries = std::move(entries), .errors = std::move(errors)}));
}

ManifestBuilder::ManifestBuilder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ManifestBuilder::ManifestBuilder(ManifestBuilder&&) noexcept = default;
ManifestBuilder& ManifestBuilder::operator=(ManifestBuilder&&) noexcept = default;
ManifestBuilder::~ManifestBuilder() = default;

Status ManifestBuilder::add(const ManifestEntry& entry) {
    const bool is_file = entry.type == EntryType::kFile;
    const bool is_ascending = impl_->entries.count() == 0 || impl_->last_path < entry.path;
    if (!is_ascending || !is_safe_relative_path(entry.path) || (is_file && entry.stored.key.empty())) {
        return Error(ErrorCode::kInternal, "write manifest: \"" + escape_for_display(entry.path) +
                                               "\" is out of order, not a relative path, or without an object");
    }
    COFRE_ASSIGN(const auto text, impl_->entries.append(encode_entry(entry)));
    impl_->digest.update(text);
    impl_->last_path = entry.path;
    if (is_file) {
        ++impl_->files;
        impl_->bytes += entry.size;
    }
    return {};
}

Status ManifestBuilder::add_error(const ManifestError& error) {
    const bool is_long = error.message.size() > kMaxMessageBytes;
    const auto text =
        is_long ? encode_error({error.path, error.message.substr(0, kMaxMessageBytes)}) : encode_error(error);
    const auto status = impl_->errors.append(text);
    return status ? Status() : status.error();
}

Result<std::unique_ptr<ByteSource>> ManifestBuilder::finish(ManifestHeader& header) {
    const auto impl = std::exchange(impl_, nullptr);
    COFRE_TRY(impl->entries.flush());
    COFRE_TRY(impl->errors.flush());
    impl->digest.update(between(impl->entries));
    COFRE_TRY(copy_bytes(FileSource(impl->errors.fd(), impl->errors.size()), [&](std::span<const std::byte> bytes) {
        impl->digest.update(bytes);
        return Status();
    }));
    impl->digest.update(after(impl->errors));

    header.entries = impl->entries.count();
    header.entries_sha256 = impl->digest.finish();
    header.summary.files = impl->files;
    header.summary.bytes = impl->bytes;
    header.summary.errors = impl->errors.count();
    const std::string text = encode_header(header);
    if (text.size() > kMaxHeaderBytes) {
        return Error(ErrorCode::kInvalidArgument, "write manifest: the list of sources is too long")
            .with_hint("back up a folder that holds them all");
    }
    auto document = std::make_unique<Document>(text, std::move(impl->entries), std::move(impl->errors));
    // A manifest that cannot be read is no backup; better to learn it now.
    if (auto map = check_document(*document); !map) {
        return Error(ErrorCode::kInternal, "write manifest: it cannot be read back: " + map.error().message());
    }
    return std::unique_ptr<ByteSource>(std::move(document));
}

}  // namespace cofre::objects
