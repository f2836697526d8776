// `mount`: snapshots as a file system.
#include "backup/repository_mount.h"
#include "base/utf8.h"
#include "cli/node_text.h"
#include "cli/read_session.h"

namespace cofre::cli {
namespace {

Status mount_repository(const App& app, const MountOptions& options) {
    COFRE_ASSIGN(const auto reading, open_for_reading(app, options.from));
    const auto& list = reading.list.snapshots;
    COFRE_ASSIGN(const auto chosen, choose_snapshots(app, list, {}, to_filter(options.filter)));
    std::vector<repo::ListedSnapshot> shown;
    shown.reserve(chosen.size());
    for (const auto place : chosen)
        shown.push_back(list[place]);
    const auto folders = backup::arrange_snapshots(shown);
    const auto on_mounted = [&] {
        const auto where = escape_for_display(options.mount_point.native());
        app.console.note(reading.session->description() + " is mounted at " + where +
                         ", as it is now; Ctrl-C unmounts it");
        nlohmann::ordered_json line = {{"message_type", "mounted"}};
        add_path_json(line, "path", options.mount_point.native());
        line["snapshots"] = shown.size();
        app.console.print_json(json_text(line));
    };
    const backup::MountOptions mount{.mount_point = options.mount_point, .allow_other = options.allow_other};
    COFRE_TRY(backup::serve_mount(app.ctx, reading.repository(), folders, mount, on_mounted));
    app.console.note("unmounted");
    return reading.session->close();
}

}  // namespace

int run_command(const App& app, const MountOptions& options) {
    const auto status = mount_repository(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
