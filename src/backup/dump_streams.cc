#include "backup/dump_streams.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/guarded.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/secret.h"
#include "base/utf8.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kMaxToolWords = 4096;

/// Of standard error: its end, for people.
std::string tool_words(const std::string& name, const std::string& log) {
    const std::size_t cut = log.size() > kMaxToolWords ? log.size() - kMaxToolWords : 0;
    return name + ": the tool said: " + redact(escape_controls(log.substr(cut)));
}

}  // namespace

Result<dump::DumpRecord> read_dump(const CallContext& ctx, dump::Dump& dump, const StreamStorer& store) {
    const auto& streams = dump.streams();
    std::vector<std::size_t> order(streams.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return streams[a].estimated_bytes > streams[b].estimated_bytes;
    });
    std::vector<std::uint64_t> sizes(streams.size());
    Guarded<std::vector<std::string>> said;
    COFRE_TRY(parallel_for(ctx, order.size(), dump.jobs(), [&](const CallContext& inner, std::size_t i) -> Status {
        const auto& stream = streams[order[i]];
        const auto what = "dump " + escape_for_display(stream.file.name);
        auto reader = stream.open(inner);
        if (!reader) return std::move(reader).error().context(what);
        CountedReader counted(**reader);
        if (Status stored = store(inner, order[i], counted); !stored) return std::move(stored).error().context(what);
        sizes[order[i]] = counted.bytes();
        if (const auto log = (*reader)->log(); !log.empty()) {
            said.with([&](auto& all) { all.push_back(tool_words(stream.file.name, log)); });
        }
        return {};
    }));
    COFRE_ASSIGN(auto record, dump.finish(ctx));
    for (std::size_t i = 0; i < sizes.size() && i < record.files.size(); ++i)
        record.files[i].bytes = sizes[i];
    said.with([&](auto& all) {
        for (auto& words : all) {
            log_warning("dump", words);
            record.warnings.push_back(std::move(words));
        }
    });
    return record;
}

}  // namespace cofre::backup
