// `stats`: how large snapshots are.
#include <fmt/format.h>

#include "base/units.h"
#include "cli/node_text.h"
#include "cli/read_session.h"
#include "repo/tree_stats.h"

namespace cofre::cli {
namespace {

nlohmann::ordered_json stats_json(const repo::TreeStats& stats, repo::StatsMode mode, std::size_t snapshots) {
    nlohmann::ordered_json out = {{"total_size", stats.bytes}};
    if (mode == repo::StatsMode::kRawData && stats.compressed_blobs_bytes > 0) {
        const auto ratio = static_cast<double>(stats.compressed_blobs_uncompressed_bytes) /
                           static_cast<double>(stats.compressed_blobs_bytes);
        const auto total = static_cast<double>(stats.uncompressed_bytes);
        out["total_uncompressed_size"] = stats.uncompressed_bytes;
        out["compression_ratio"] = ratio;
        out["compression_progress"] = 100 * static_cast<double>(stats.compressed_blobs_uncompressed_bytes) / total;
        out["compression_space_saving"] = 100 * (1 - static_cast<double>(stats.bytes) / total);
    }
    out["total_file_count"] = stats.files;
    const bool has_blobs = mode == repo::StatsMode::kBlobsPerFile || mode == repo::StatsMode::kRawData;
    if (has_blobs) out["total_blob_count"] = stats.blobs;
    out["snapshots_count"] = snapshots;
    return out;
}

Status show_stats(const App& app, const StatsOptions& options) {
    COFRE_ASSIGN(const auto mode, repo::parse_stats_mode(options.mode));
    COFRE_ASSIGN(const auto reading, open_for_reading(app, options.from));
    const auto& list = reading.list.snapshots;
    COFRE_ASSIGN(const auto chosen, choose_snapshots(app, list, options.snapshots, to_filter(options.filter)));
    std::vector<repo::Id> roots;
    for (const auto place : chosen) {
        if (list[place].snapshot.tree) roots.push_back(*list[place].snapshot.tree);
    }
    COFRE_ASSIGN(const auto stats, repo::count_trees(app.ctx, reading.repository(), roots, mode));
    app.console.print_json(json_text(stats_json(stats, mode, chosen.size())));
    app.console.print(fmt::format("Stats in {} mode:", options.mode));
    app.console.print(fmt::format("     Snapshots processed:  {}", chosen.size()));
    if (stats.blobs > 0) app.console.print(fmt::format("        Total Blob Count:  {}", format_count(stats.blobs)));
    if (stats.files > 0) app.console.print(fmt::format("        Total File Count:  {}", format_count(stats.files)));
    if (stats.uncompressed_bytes > 0) {
        app.console.print(fmt::format(" Total Uncompressed Size:  {}", format_bytes(stats.uncompressed_bytes)));
    }
    app.console.print(fmt::format("              Total Size:  {}", format_bytes(stats.bytes)));
    return reading.session->close();
}

}  // namespace

int run_command(const App& app, const StatsOptions& options) {
    const auto status = show_stats(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
