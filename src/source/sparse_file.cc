#include "source/sparse_file.h"

#include <cerrno>
#include <limits>

#include <fcntl.h>
#include <unistd.h>

#include "base/utf8.h"

namespace cofre::source {

Result<std::optional<DataExtent>> next_data(int fd, std::uint64_t from, std::string_view path) {
    constexpr auto kMaxOffset = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
    if (from > kMaxOffset) return std::optional<DataExtent>();
    const auto start = static_cast<off_t>(from);
    const off_t first = ::lseek(fd, start, SEEK_DATA);
    if (first < 0) {
        if (errno == ENXIO) return std::optional<DataExtent>();
        // A file system, or a kernel, that knows nothing of holes.
        if (errno == EINVAL) return std::optional<DataExtent>({from, kMaxOffset});
        return Error::from_errno(errno, "seek data in " + escape_for_display(path));
    }
    const off_t end = ::lseek(fd, first, SEEK_HOLE);
    if (end < 0) return Error::from_errno(errno, "seek hole in " + escape_for_display(path));
    return std::optional<DataExtent>({static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(end)});
}

}  // namespace cofre::source
