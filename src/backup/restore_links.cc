#include "backup/restore_links.h"

#include "base/utf8.h"

namespace cofre::backup {
namespace {

Status restore_link(RestoreWork& work, const RestoreWindow& window, const PlannedLink& link) {
    const auto path = window.path_of(link.folder, link.name);
    if (work.failed_first_names.contains(link.first_path)) {
        return Error(ErrorCode::kCorruption, "it is another name of " + escape_for_display('/' + link.first_path) +
                                                 ", which could not be restored");
    }
    if (!work.plan.dry_run) {
        COFRE_ASSIGN(const auto folder, work.place.open_folder(window.folders[link.folder]));
        COFRE_TRY(link_over(work.place, link.first_path, folder.get(), link.name, path));
    }
    work.tally.count([](TreeRestoreOutcome& out) { ++out.files; });
    work.tally.observe(RestoreAction::kRestored, '/' + path, link.size);
    return {};
}

Status finish_folder(RestoreWork& work, const FinishedFolder& finished) {
    if (!work.plan.dry_run) {
        const auto slash = finished.path.rfind('/');
        const bool is_top = slash == std::string::npos;
        COFRE_ASSIGN(
            const auto above,
            work.place.open_folder(is_top ? std::string_view() : std::string_view(finished.path).substr(0, slash)));
        const auto name = is_top ? finished.path : finished.path.substr(slash + 1);
        COFRE_TRY(apply_to(work, above.get(), name, finished.path, finished.metadata));
    }
    work.tally.count([](TreeRestoreOutcome& out) { ++out.folders; });
    return {};
}

}  // namespace

Status restore_links_and_folders(RestoreWork& work, const RestoreWindow& window) {
    for (const auto& link : window.links) {
        COFRE_TRY(work.tally.settle('/' + window.path_of(link.folder, link.name), restore_link(work, window, link)));
        work.tally.progress().files_done.fetch_add(1);
    }
    for (const auto& folder : window.finished)
        COFRE_TRY(work.tally.settle('/' + folder.path, finish_folder(work, folder)));
    return {};
}

}  // namespace cofre::backup
