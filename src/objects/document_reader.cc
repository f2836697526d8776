#include "objects/document_reader.h"

#include <algorithm>
#include <span>

#include "base/utf8.h"
#include "objects/manifest_layout.h"

namespace cofre::objects {
namespace {

constexpr std::size_t kReadBytes = std::size_t{128} << 10U;

Error unreadable(std::string_view why) {
    return Error(ErrorCode::kCorruption, "read manifest: " + std::string(why));
}

// Bytes of `source` from `offset` to its end.
Result<crypto::Sha256Digest> digest_from(const ByteSource& source, std::uint64_t offset) {
    return crypto::sha256(SliceSource(source, offset, source.size() - offset));
}

Result<std::uint64_t> check_entries(LineReader& lines) {
    SectionReader section(lines, kErrorsStart);
    std::uint64_t count = 0;
    std::string previous;
    for (;;) {
        COFRE_ASSIGN(const auto line, section.next());
        if (!line) return count;
        COFRE_ASSIGN(auto entry, decode_entry(*line));
        if (count != 0 && entry.path <= previous) {
            return unreadable("\"" + escape_for_display(entry.path) + "\" is out of order");
        }
        previous = std::move(entry.path);
        ++count;
    }
}

Status check_errors(LineReader& lines) {
    SectionReader section(lines, kDocumentEnd);
    for (;;) {
        COFRE_ASSIGN(const auto line, section.next());
        if (!line) return {};
        if (auto error = decode_error(*line); !error) return std::move(error).error();
    }
}

}  // namespace

Result<std::string_view> LineReader::next(std::size_t max_bytes) {
    for (std::size_t searched = used_;;) {
        const auto end = buffer_.find('\n', searched);
        if (end != std::string::npos && end - used_ <= max_bytes) {
            const auto line = std::string_view(buffer_).substr(used_, end - used_);
            used_ = end + 1;
            return line;
        }
        if (end != std::string::npos || buffer_.size() - used_ > max_bytes) return unreadable("a line is too long");
        if (read_ == source_.size()) return unreadable("it is cut short");
        const std::size_t kept = buffer_.size() - used_;
        COFRE_TRY(fill());
        searched = kept;
    }
}

Status LineReader::fill() {
    buffer_.erase(0, used_);
    used_ = 0;
    const std::size_t kept = buffer_.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, source_.size() - read_));
    buffer_.resize(kept + wanted);
    COFRE_TRY(source_.read_at(read_, std::as_writable_bytes(std::span(buffer_).subspan(kept))));
    read_ += wanted;
    return {};
}

Result<std::optional<std::string_view>> SectionReader::next() {
    if (is_done_) return std::optional<std::string_view>();
    COFRE_ASSIGN(auto line, lines_.next(kMaxLineBytes + 1));
    const bool is_end = line == end_;
    if (has_comma_ && *has_comma_ == is_end) return unreadable("a comma is missing, or follows the last element");
    if (is_end) {
        is_done_ = true;
        return std::optional<std::string_view>();
    }
    has_comma_ = line.ends_with(',');
    if (*has_comma_) line.remove_suffix(1);
    return std::optional(line);
}

Result<DocumentMap> check_document(const ByteSource& source) {
    LineReader lines(source, 0);
    DocumentMap map;
    COFRE_ASSIGN(const auto first, lines.next(kMaxHeaderBytes));
    COFRE_ASSIGN(map.header, decode_header(first));
    map.entries_offset = lines.offset();
    // Before the rest is looked at: damage is a better explanation than
    // whatever it makes of the lines.
    COFRE_ASSIGN(const auto digest, digest_from(source, map.entries_offset));
    if (digest != map.header.entries_sha256) return unreadable("it is cut short or altered: the digest does not match");
    COFRE_ASSIGN(const auto count, check_entries(lines));
    if (count != map.header.entries) return unreadable("the header counts other entries than there are");
    map.errors_offset = lines.offset();
    COFRE_TRY(check_errors(lines));
    if (!lines.at_end()) return unreadable("something follows its end");
    return map;
}

}  // namespace cofre::objects
