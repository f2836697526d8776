#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/tree_commands.h"
#include "daemon/job_plan.h"
#include "objects/manifest_reader.h"
#include "objects/object_naming.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

WallTime wall_time(std::int64_t ns) {
    return WallTime(std::chrono::nanoseconds(ns));
}

/// "drwxr-xr-x", as ls(1) writes it.
std::string entry_mode_text(const objects::ManifestEntry& entry) {
    constexpr std::array<std::string_view, 8> kBits = {"---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx"};
    std::string text(1, entry.type == objects::EntryType::kDirectory ? 'd'
                        : entry.type == objects::EntryType::kSymlink ? 'l'
                                                                     : '-');
    for (const unsigned shift : {6U, 3U, 0U})
        text += kBits[(entry.mode >> shift) & 7U];
    return text;
}

std::string long_line(const objects::ManifestEntry& entry) {
    const auto time = format_rfc3339(std::chrono::floor<std::chrono::seconds>(wall_time(entry.mtime_ns)));
    std::string line = fmt::format("{} {:>8} {:>8} {:>12} {} {}", entry_mode_text(entry),
                                   entry.user.empty() ? std::to_string(entry.uid) : entry.user,
                                   entry.group.empty() ? std::to_string(entry.gid) : entry.group, entry.size, time,
                                   escape_for_display(entry.path));
    if (entry.type == objects::EntryType::kSymlink) line += " -> " + escape_for_display(entry.link_target);
    return line;
}

std::string entry_json(const objects::ManifestEntry& entry) {
    const auto slash = entry.path.rfind('/');
    Json out = {{"message_type", "node"},
                {"name", escape_for_display(slash == std::string::npos ? entry.path : entry.path.substr(slash + 1))},
                {"type", entry.type == objects::EntryType::kDirectory ? "dir" : to_string(entry.type)},
                {"path", escape_for_display(entry.path)},
                {"uid", entry.uid},
                {"gid", entry.gid},
                {"size", entry.size},
                {"permissions", entry_mode_text(entry)},
                {"mtime", format_rfc3339(wall_time(entry.mtime_ns))}};
    if (!is_utf8(entry.path)) out["path_base64"] = base64_encode(as_bytes(entry.path));
    if (entry.type == objects::EntryType::kSymlink) out["linktarget"] = escape_for_display(entry.link_target);
    if (entry.type == objects::EntryType::kFile) {
        out["sha256"] = entry.sha256.hex();
        out["key"] = entry.stored.key;
        out["proof"] = to_string(entry.stored.proof);
    }
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_wanted(std::string_view path, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return true;
    for (std::string_view want : wanted) {
        while (want.starts_with('/'))
            want.remove_prefix(1);
        while (want.ends_with('/'))
            want.remove_suffix(1);
        if (want.empty() || path == want || (path.starts_with(want) && path[want.size()] == '/')) return true;
    }
    return false;
}

Status list_entries(const App& app, const daemon::OpenTarget& open, const LsOptions& options) {
    COFRE_ASSIGN(const auto snapshot,
                 objects::find_snapshot(*open.store, app.ctx, open.prefix, options.snapshot, options.job));
    COFRE_ASSIGN(auto reader, objects::ManifestReader::open(*open.store, app.ctx, snapshot.key, daemon::temp_folder()));
    for (;;) {
        if (app.ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "ls");
        COFRE_ASSIGN(const auto entry, reader.next());
        if (!entry) return {};
        if (!is_wanted(entry->path, options.paths)) continue;
        if (app.console.json()) {
            app.console.print_json(entry_json(*entry));
        } else {
            app.console.print(options.long_form ? long_line(*entry) : escape_for_display(entry->path));
        }
    }
}

Result<int> list_snapshot(const App& app, const LsOptions& options) {
    COFRE_ASSIGN(auto place, open_place(app, options.from.place, options.job));
    const bool is_objects = place.is_objects() || (place.layout == config::Layout::kAuto && !options.job.empty());
    if (!is_objects) return list_trees(app, std::move(place), options);
    COFRE_TRY(list_entries(app, place.open, options));
    return static_cast<int>(kExitDone);
}

}  // namespace

int run_command(const App& app, const LsOptions& options) {
    const auto status = list_snapshot(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
