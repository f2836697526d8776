#include "base/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/check.h"

namespace cofre {
namespace {

constexpr std::size_t kCopyBufferBytes = 256UL * 1024;

// Written so that neither side of the comparison can overflow.
bool lies_inside(std::uint64_t offset, std::size_t length, std::uint64_t size) {
    return offset <= size && length <= size - offset;
}

}  // namespace

Status SpanSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    COFRE_CHECK(lies_inside(offset, out.size(), size()));
    const auto from = bytes_.subspan(static_cast<std::size_t>(offset), out.size());
    std::copy(from.begin(), from.end(), out.begin());
    return {};
}

Status SliceSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    COFRE_CHECK(lies_inside(offset, out.size(), size_));
    return whole_.read_at(offset_ + offset, out);
}

Status FileSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    COFRE_CHECK(lies_inside(offset, out.size(), size_));
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return Error::from_errno(errno, "read file");
        if (n == 0) {
            return Error(ErrorCode::kConflict, "read file: it ends at byte " + std::to_string(offset + done) +
                                                   ", but had " + std::to_string(size_) + " bytes when it was opened");
        }
        done += static_cast<std::size_t>(n);
    }
    return {};
}

Status copy_bytes(const ByteSource& source, const ByteSink& sink) {
    const std::uint64_t size = source.size();
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size, kCopyBufferBytes)));
    for (std::uint64_t offset = 0; offset < size;) {
        const auto chunk =
            std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - offset)));
        COFRE_TRY(source.read_at(offset, chunk));
        COFRE_TRY(sink(chunk));
        offset += chunk.size();
    }
    return {};
}

}  // namespace cofre
