// `diff`: what changed between two snapshots.
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "base/utf8.h"
#include "cli/node_text.h"
#include "cli/read_session.h"
#include "repo/tree_diff.h"

namespace cofre::cli {
namespace {

/// "4.179 KiB", as restic.
std::string three_decimals(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit)
        value /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.3f} {}", value, kUnits[unit]);
}

nlohmann::ordered_json counts_json(const repo::DiffCounts& counts) {
    return {{"files", counts.files},           {"dirs", counts.folders},          {"others", counts.others},
            {"data_blobs", counts.data_blobs}, {"tree_blobs", counts.tree_blobs}, {"bytes", counts.bytes}};
}

void show_change(const App& app, const std::string& modifier, const std::string& path) {
    if (app.console.json()) {
        nlohmann::ordered_json line = {{"message_type", "change"}};
        add_path_json(line, "path", path);
        line["modifier"] = modifier;
        app.console.print_json(json_text(line));
    } else {
        app.console.print(fmt::format("{:<5}{}", modifier, escape_for_display(path)));
    }
}

void show_totals(const App& app, const repo::TreeDiff& diff, const ChosenTree& before, const ChosenTree& after) {
    app.console.print_json(json_text({{"message_type", "statistics"},
                                      {"source_snapshot", before.snapshot->id},
                                      {"target_snapshot", after.snapshot->id},
                                      {"changed_files", diff.changed_files},
                                      {"added", counts_json(diff.added)},
                                      {"removed", counts_json(diff.removed)}}));
    const auto line = [&](std::string_view what, std::uint64_t added, std::uint64_t removed) {
        return fmt::format("{:<12}{:>6} new, {:>5} removed", what, added, removed);
    };
    const auto& [added, removed] = std::tie(diff.added, diff.removed);
    app.console.print("");
    app.console.print(line("Files:", added.files, removed.files) + fmt::format(", {:>5} changed", diff.changed_files));
    app.console.print(line("Dirs:", added.folders, removed.folders));
    app.console.print(line("Others:", added.others, removed.others));
    app.console.print(line("Data Blobs:", added.data_blobs, removed.data_blobs));
    app.console.print(line("Tree Blobs:", added.tree_blobs, removed.tree_blobs));
    app.console.print("  Added:   " + three_decimals(added.bytes));
    app.console.print("  Removed: " + three_decimals(removed.bytes));
}

Status compare_snapshots(const App& app, const DiffOptions& options) {
    COFRE_ASSIGN(const auto reading, open_for_reading(app, options.from));
    COFRE_ASSIGN(const auto before, choose_tree(app, reading, options.before, {}));
    COFRE_ASSIGN(const auto after, choose_tree(app, reading, options.after, {}));
    app.console.note(
        fmt::format("comparing snapshot {} to {}:", before.snapshot->id.substr(0, 8), after.snapshot->id.substr(0, 8)));
    const auto visit = [&](const std::string& modifier, const std::string& path) -> Status {
        show_change(app, modifier, path);
        return {};
    };
    COFRE_ASSIGN(const auto diff,
                 repo::diff_trees(app.ctx, reading.repository(), before.tree, after.tree, options.metadata, visit));
    show_totals(app, diff, before, after);
    return reading.session->close();
}

}  // namespace

int run_command(const App& app, const DiffOptions& options) {
    const auto status = compare_snapshots(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
