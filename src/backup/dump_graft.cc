// Dumps into a repository.
#include <algorithm>
#include <cstring>
#include <utility>

#include "backup/dump_store.h"
#include "backup/dump_streams.h"

namespace cofre::backup {
namespace {

/// As one part of a path.
std::string path_part(std::string text) {
    std::replace(text.begin(), text.end(), '/', '_');
    std::erase(text, '\0');
    if (text.empty() || text == "." || text == "..") text += '_';
    return text;
}

}  // namespace

std::string dump_folder(const dump::DatabaseAddress& address) {
    std::string folder = "/databases/" + std::string(to_string(address.engine)) + "/";
    if (address.engine == dump::Engine::kSqlite) {
        // The whole path: two files of one name must not meet.
        std::string path = address.database;
        path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
        return folder + path;
    }
    std::string host = address.host.empty() || address.host.starts_with('/') ? "local" : address.host;
    if (address.port != 0) host += ":" + std::to_string(address.port);
    return folder + path_part(std::move(host)) + "/" + (address.database.empty() ? "all" : path_part(address.database));
}

Status graft_dump(const CallContext& ctx, OpenDump& open, GraftWork& work) {
    auto& progress = work.tools.progress;
    const auto& streams = open.dump->streams();
    progress.files_found += streams.size();
    for (const auto& stream : streams)
        progress.bytes_found += stream.estimated_bytes;
    COFRE_ASSIGN(auto record,
                 read_dump(ctx, *open.dump, [&](const CallContext&, std::size_t index, CountedReader& reader) {
                     return graft_stream(
                         open.folder + "/" + streams[index].file.name,
                         [&](std::span<std::byte> room) { return reader.read(room); }, work);
                 }));
    const std::string text = dump::encode_record(record);
    std::size_t done = 0;
    COFRE_TRY(graft_stream(
        open.folder + "/" + std::string(dump::kRecordName),
        [&](std::span<std::byte> room) -> Result<std::size_t> {
            const std::size_t count = std::min(room.size(), text.size() - done);
            std::memcpy(room.data(), text.data() + done, count);
            done += count;
            return count;
        },
        work));
    open.record = std::move(record);
    return {};
}

}  // namespace cofre::backup
