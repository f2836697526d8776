#include "objects/unlinked_file.h"

#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"

namespace cofre::objects {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10U;

}  // namespace

Result<UniqueFd> create_unlinked_file(const std::filesystem::path& folder) {
    constexpr mode_t kOwnerOnly = 0600;
    UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kOwnerOnly));
    // Some file systems (NFS, overlays of old kernels) cannot; an old kernel
    // takes the call for the opening of a folder.
    if (fd || (errno != EOPNOTSUPP && errno != EISDIR)) {
        if (!fd) return Error::from_errno(errno, "create temporary file in " + folder.string());
        return fd;
    }
    std::string name = (folder / ".cofre-temporary-XXXXXX").string();
    fd = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd || ::unlink(name.c_str()) != 0) {
        return Error::from_errno(errno, "create temporary file in " + folder.string());
    }
    return fd;
}

Status BufferedWriter::append(std::string_view text) {
    buffer_ += text;
    return buffer_.size() < kBufferBytes ? Status() : flush();
}

Status BufferedWriter::flush() {
    COFRE_TRY(write_all(fd_, as_bytes(buffer_), "temporary file"));
    written_ += buffer_.size();
    buffer_.clear();
    return {};
}

}  // namespace cofre::objects
