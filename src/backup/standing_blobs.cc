#include "backup/standing_blobs.h"

#include "backup/restore_place.h"
#include "base/byte_buffer.h"

namespace cofre::backup {

std::vector<std::uint32_t> plain_lengths(const repo::Repository& repo, std::span<const repo::Id> content) {
    std::vector<std::uint32_t> lengths;
    lengths.reserve(content.size());
    repo.with_index([&](const repo::BlobIndex& index) {
        for (const auto& id : content) {
            const auto place = index.find(repo::BlobType::kData, id);
            lengths.push_back(place ? place->blob.plain_length() : 0);
        }
    });
    return lengths;
}

Result<std::vector<bool>> find_standing_blobs(int fd, std::span<const repo::Id> content,
                                              std::span<const std::uint32_t> lengths, const std::string& path) {
    const std::vector<bool> all(content.size(), true);
    return copy_standing_blobs(fd, content, lengths, path, all,
                               [](std::uint64_t, std::span<const std::byte>) { return Status(); });
}

Result<std::vector<bool>> copy_standing_blobs(int from, std::span<const repo::Id> content,
                                              std::span<const std::uint32_t> lengths, const std::string& path,
                                              const std::vector<bool>& wanted, const WriteBlob& write) {
    std::vector<bool> written(content.size(), false);
    ByteBuffer buffer;
    std::uint64_t offset = 0;
    for (std::size_t n = 0; n < content.size(); offset += lengths[n], ++n) {
        if (!wanted[n]) continue;
        buffer.reserve(lengths[n]);
        buffer.set_size(lengths[n]);
        COFRE_ASSIGN(const auto got, read_at(from, offset, buffer.bytes(), path));
        if (got != lengths[n] || repo::Id::of(buffer.bytes()) != content[n]) continue;
        COFRE_TRY(write(offset, buffer.bytes()));
        written[n] = true;
    }
    return written;
}

}  // namespace cofre::backup
