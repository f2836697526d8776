#include "backup/run_lock.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/byte_source.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/time_format.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kMaxNote = 512;

std::string read_note(int fd) {
    std::string note(kMaxNote, '\0');
    const ssize_t n = ::pread(fd, note.data(), note.size(), 0);
    note.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!note.empty() && note.back() == '\n')
        note.pop_back();
    return note.empty() ? "another process" : note;
}

}  // namespace

std::string file_name_of_job(std::string_view job) {
    std::string name(job);
    for (char& c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                           c == '.' || c == '-';
        if (!plain) c = '_';
    }
    if (name.empty() || name.front() == '.') name.insert(name.begin(), '_');
    return name;
}

Result<RunLock> RunLock::acquire(const std::filesystem::path& state_folder, std::string_view job) {
    const auto folder = state_folder / "locks";
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return Error::from_errno(failed.value(), "create " + folder.native())
            .with_hint("set state_dir in the configuration, or COFRE_STATE_DIR, to a folder that can be written");
    }
    const auto path = folder / (file_name_of_job(job) + ".lock");
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return Error::from_errno(errno, "open " + path.native());
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return Error::from_errno(errno, "lock " + path.native());
        return Error(ErrorCode::kConflict,
                     "job \"" + std::string(job) + "\" is already running: " + read_note(fd.get()))
            .with_hint("wait for it to end, or stop it; two runs of one job never overlap");
    }
    const std::string note =
        "process " + std::to_string(::getpid()) + ", since " + format_rfc3339(system_clock().wall_now()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0) return Error::from_errno(errno, "truncate " + path.native());
    COFRE_TRY(write_all(fd.get(), as_bytes(note), path.native()));
    return RunLock(std::move(fd));
}

}  // namespace cofre::backup
