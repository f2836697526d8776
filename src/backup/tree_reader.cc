#include "backup/tree_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

namespace cofre::backup {
namespace {

constexpr int kReadAttempts = 2;

bool is_same_time(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool is_untouched(const struct stat& a, const struct stat& b) {
    return a.st_size == b.st_size && is_same_time(a.st_mtim, b.st_mtim) && is_same_time(a.st_ctim, b.st_ctim);
}

Error read_error(int errnum, const std::string& path) {
    return Error::from_errno(errnum, "read /" + escape_for_display(path));
}

/// What the file is when its bytes are read, rather than when it was met.
void note_times(const struct stat& status, repo::Node& node) {
    const auto zone = repo::Zone::local();
    const auto at = [&zone](const timespec& time) {
        return zone.at(time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec));
    };
    const bool atime_is_mtime = node.atime == node.mtime;
    node.mtime = at(status.st_mtim);
    if (atime_is_mtime) node.atime = node.mtime;
    node.ctime = at(status.st_ctim);
}

repo::ChunkStream::Reader reader_of(const CallContext& ctx, int fd, const std::string& path) {
    return [&ctx, fd, &path](std::span<std::byte> room) -> Result<std::size_t> {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "read " + escape_for_display(path));
        for (;;) {
            const ssize_t n = ::read(fd, room.data(), room.size());
            if (n >= 0) return static_cast<std::size_t>(n);
            if (errno != EINTR) return read_error(errno, path);
        }
    };
}

bool may_have_holes(const struct stat& status) {
    return S_ISREG(status.st_mode) && status.st_blocks * 512 < status.st_size;
}

/// Reads a file with holes: they become zeros without asking the disk. The
/// content is what read(2) gives. Where holes cannot be asked for, all is data.
class SparseReader {
public:
    SparseReader(const CallContext& ctx, int fd, const std::string& path) : ctx_(ctx), fd_(fd), path_(path) {}

    Result<std::size_t> operator()(std::span<std::byte> room) {
        if (ctx_.stop.stop_requested()) return Error(ErrorCode::kCancelled, "read " + escape_for_display(path_));
        if (position_ >= data_end_) find_data();
        if (position_ < data_) {
            const auto length = static_cast<std::size_t>(
                std::min<std::uint64_t>(room.size(), static_cast<std::uint64_t>(data_ - position_)));
            std::fill_n(room.begin(), length, std::byte{0});
            position_ += static_cast<off_t>(length);
            return length;
        }
        const auto length = static_cast<std::size_t>(
            std::min<std::uint64_t>(room.size(), static_cast<std::uint64_t>(data_end_ - position_)));
        for (;;) {
            const ssize_t n = ::pread(fd_, room.data(), length, position_);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return read_error(errno, path_);
            position_ += n;
            return static_cast<std::size_t>(n);
        }
    }

private:
    /// From position_: a hole up to data_ (which may be here), then data up to
    /// data_end_. Behind the last data there is a hole up to the end of the file.
    void find_data() {
        constexpr off_t kNoEnd = std::numeric_limits<off_t>::max();
        data_ = ::lseek(fd_, position_, SEEK_DATA);
        if (data_ < 0 && errno == ENXIO) {
            struct stat now {};
            const bool has_size = ::fstat(fd_, &now) == 0 && now.st_size > position_;
            data_ = has_size ? now.st_size : position_;
            data_end_ = kNoEnd;
            return;
        }
        if (data_ < position_) data_ = position_;
        const off_t hole = ::lseek(fd_, data_, SEEK_HOLE);
        data_end_ = hole > data_ ? hole : kNoEnd;
    }

    const CallContext& ctx_;
    int fd_;
    const std::string& path_;
    off_t position_ = 0;
    off_t data_ = 0;
    off_t data_end_ = 0;
};

repo::ChunkStream::Reader reader_for(const CallContext& ctx, int fd, const std::string& path,
                                     const struct stat& status) {
    if (may_have_holes(status)) return SparseReader(ctx, fd, path);
    return reader_of(ctx, fd, path);
}

}  // namespace

Result<Result<std::vector<repo::Id>>> TreeReader::store_chunks(repo::ChunkStream::Reader source, std::uint64_t& size) {
    size = 0;
    std::vector<repo::Id> content;
    chunks_.start(std::move(source));
    for (;;) {
        const auto chunk = chunks_.next();
        if (!chunk && chunk.error().code() == ErrorCode::kCancelled) return chunk.error();
        if (!chunk) return Result<std::vector<repo::Id>>(chunk.error());
        if (chunk->empty()) return Result<std::vector<repo::Id>>(std::move(content));
        COFRE_ASSIGN(const auto saved, sink_.save(repo::BlobType::kData, *chunk));
        counter_.add_blob(repo::BlobType::kData, saved, chunk->size());
        content.push_back(saved.id);
        size += chunk->size();
        progress_.bytes_done += chunk->size();
    }
}

Result<Result<ReadFile>> TreeReader::read(const CallContext& ctx, int fd, const std::string& path, repo::Node node) {
    for (int attempt = 1;; ++attempt) {
        struct stat before {};
        if (::fstat(fd, &before) != 0) return Result<ReadFile>(read_error(errno, path));
        note_times(before, node);
        std::uint64_t size = 0;
        COFRE_ASSIGN(auto content, store_chunks(reader_for(ctx, fd, path, before), size));
        if (!content) {
            progress_.bytes_done -= size;
            return Result<ReadFile>(std::move(content).error());
        }
        struct stat after {};
        if (::fstat(fd, &after) != 0) return Result<ReadFile>(read_error(errno, path));
        const bool has_changed = !is_untouched(before, after);
        if (has_changed && attempt < kReadAttempts && ::lseek(fd, 0, SEEK_SET) == 0) {
            progress_.bytes_done -= size;
            continue;
        }
        node.size = size;
        node.content = *std::move(content);
        if (has_changed) node.error = "changed while it was read";
        return Result<ReadFile>(ReadFile{std::move(node), has_changed});
    }
}

}  // namespace cofre::backup
