#include "dump/file_reader.h"

#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cofre::dump {
namespace {

class FileReader final : public DumpReader {
public:
    FileReader(UniqueFd fd, std::uint64_t size, std::string name, std::shared_ptr<void> keeps,
               std::function<Status()> on_end)
        : fd_(std::move(fd)),
          size_(size),
          name_(std::move(name)),
          keeps_(std::move(keeps)),
          on_end_(std::move(on_end)) {}

    Result<std::size_t> read(std::span<std::byte> room) override {
        if (is_over_) return std::size_t{0};
        for (;;) {
            const ssize_t count = ::read(fd_.get(), room.data(), room.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return Error::from_errno(errno, "read " + name_);
            done_ += static_cast<std::uint64_t>(count);
            if (count > 0) return static_cast<std::size_t>(count);
            break;
        }
        if (done_ != size_) {
            return Error(ErrorCode::kCorruption,
                         "read " + name_ + ": " + std::to_string(done_) + " bytes instead of " + std::to_string(size_));
        }
        if (on_end_) COFRE_TRY(on_end_());
        is_over_ = true;
        return std::size_t{0};
    }

private:
    UniqueFd fd_;
    const std::uint64_t size_;
    const std::string name_;
    std::shared_ptr<void> keeps_;
    std::function<Status()> on_end_;
    std::uint64_t done_ = 0;
    bool is_over_ = false;
};

}  // namespace

Result<std::unique_ptr<DumpReader>> open_file_reader(const std::filesystem::path& path, std::shared_ptr<void> keeps,
                                                     std::function<Status()> on_end) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return Error::from_errno(errno, "open " + path.string());
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return Error::from_errno(errno, "look at " + path.string());
    if (!S_ISREG(info.st_mode))
        return Error(ErrorCode::kInvalidArgument, "open " + path.string() + ": no regular file");
    return std::unique_ptr<DumpReader>(std::make_unique<FileReader>(
        std::move(fd), static_cast<std::uint64_t>(info.st_size), path.string(), std::move(keeps), std::move(on_end)));
}

Status write_stream(const CallContext& ctx, DumpReader& reader, const std::filesystem::path& path, mode_t mode,
                    RestoreProgress& progress) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd) return Error::from_errno(errno, "create " + path.string());
    const auto write_it = [&]() -> Status {
        std::vector<std::byte> room(256UL * 1024);
        for (;;) {
            if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "write " + path.string());
            COFRE_ASSIGN(const std::size_t count, reader.read(room));
            if (count == 0) break;
            COFRE_TRY(write_all(fd.get(), std::span(room).first(count), path.string()));
            progress.bytes_done += count;
        }
        if (::fsync(fd.get()) != 0) return Error::from_errno(errno, "sync " + path.string());
        return fd.close(path.string());
    };
    Status done = write_it();
    if (!done) ::unlink(path.c_str());
    return done;
}

}  // namespace cofre::dump
