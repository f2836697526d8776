#include "source/hard_links.h"

namespace cofre::source {

std::optional<std::string> HardLinks::meet(std::uint64_t device, std::uint64_t inode, std::uint64_t links,
                                           const std::string& path) {
    if (links < 2) return std::nullopt;
    const auto [place, is_new] = files_.try_emplace(Key{device, inode}, File{path, links});
    if (is_new) {
        --place->second.names_left;
        return std::nullopt;
    }
    if (--place->second.names_left > 0) return place->second.first_path;
    std::string first = std::move(place->second.first_path);
    files_.erase(place);
    return first;
}

}  // namespace cofre::source
