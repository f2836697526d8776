#include "cli/kit_writer.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/utf8.h"
#include "daemon/job_plan.h"
#include "daemon/kit_location.h"
#include "report/kit_json.h"
#include "report/kit_page.h"
#include "report/page_pdf.h"
#include "report/page_text.h"

namespace cofre::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = 0600;

bool goes_to_stdout(const KitOptions& options) {
    return options.file == "-";
}

bool is_pdf(const fs::path& file) {
    return file.extension() == ".pdf" || file.extension() == ".PDF";
}

/// "2026-11-22 09:26:41 -03:00"
std::string local_time(const App& app) {
    const auto now = zoned_now(app);
    const auto civil = repo::to_civil(now);
    const int offset = now.offset_minutes < 0 ? -now.offset_minutes : now.offset_minutes;
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}{:02}:{:02}", civil.year, civil.month, civil.day,
                       civil.hour, civil.minute, civil.second, now.offset_minutes < 0 ? '-' : '+', offset / 60,
                       offset % 60);
}

/// What does not need the repository.
Result<report::RecoveryKit> kit_of_place(const App& app, const OpenPlace& place, const Secret* password) {
    report::RecoveryKit kit;
    const auto identity = repo::current_identity();
    kit.made_at = local_time(app);
    kit.made_by = identity.username + '@' + identity.hostname;
    kit.program = "cofre " + std::string(daemon::tool_version());
    COFRE_ASSIGN(kit.location, daemon::kit_location(place.target, place.open));
    if (password != nullptr) kit.password = *password;
    COFRE_TRY(kit.check_printable());
    return kit;
}

Result<std::string> kit_bytes(const report::RecoveryKit& kit, const KitOptions& options) {
    COFRE_ASSIGN(const auto language, report::parse_kit_language(options.language));
    const auto page = report::kit_page(kit, language);
    if (!is_pdf(options.file)) return report::page_text(page);
    return report::page_pdf(page, std::string(report::kit_title(language)) + " - " + kit.location.description);
}

}  // namespace

Status check_kit_options(const App& app, const KitOptions& options) {
    if (options.file.empty()) return {};
    if (goes_to_stdout(options)) {
        if (!options.with_password) return {};
        return Error(ErrorCode::kInvalidArgument, "--with-password: a password is not printed to standard output")
            .with_hint("name a file; only you will be able to read it");
    }
    std::error_code error;
    const fs::path file = options.file;
    if (fs::symlink_status(file, error).type() != fs::file_type::not_found) {
        return Error(ErrorCode::kConflict, escape_for_display(file.native()) + " exists already")
            .with_hint("a kit replaces nothing: choose another name, or remove the file");
    }
    const auto folder = fs::absolute(file, error).parent_path();
    if (!fs::is_directory(folder, error)) {
        return Error(ErrorCode::kNotFound, "there is no folder " + escape_for_display(folder.native()));
    }
    if (options.with_password) {
        app.console.warning("the password goes into " + escape_for_display(file.native()) +
                            " as it is: whoever gets this file and reaches the storage reads everything; print it, "
                            "lock it away, and delete the file");
    }
    return {};
}

Status check_kit_of(const App& app, const OpenPlace& place, const KitOptions& options, const Secret* password) {
    if (options.file.empty()) return {};
    COFRE_ASSIGN(auto kit, kit_of_place(app, place, password));
    kit.repository_id = std::string(64, '0');
    COFRE_TRY(kit_bytes(kit, options));
    return {};
}

Result<report::RecoveryKit> make_kit(const App& app, const OpenPlace& place, repo::Repository& repository,
                                     const Secret* password) {
    COFRE_ASSIGN(auto kit, kit_of_place(app, place, password));
    kit.repository_id = repository.config().id.hex();
    kit.format_version = repository.config().version;
    COFRE_ASSIGN(auto keys, repository.list_keys(app.ctx));
    for (auto& key : keys) {
        kit.keys.push_back({.id = key.id.hex(),
                            .user = std::move(key.info.username),
                            .host = std::move(key.info.hostname),
                            .created = std::move(key.info.created),
                            .is_current = key.id == repository.key_id()});
    }
    // Few keys fit on the page: the one that is known to open comes first.
    std::stable_partition(kit.keys.begin(), kit.keys.end(), [](const report::KitKey& key) { return key.is_current; });
    return kit;
}

Status write_kit(const App& app, const report::RecoveryKit& kit, const KitOptions& options) {
    if (goes_to_stdout(options)) {
        COFRE_ASSIGN(auto text, kit_bytes(kit, options));
        text.pop_back();  // The console ends the line.
        app.console.print(text);
        app.console.print_json(report::kit_json(kit));
        return {};
    }
    COFRE_ASSIGN(const auto bytes, kit_bytes(kit, options));
    COFRE_TRY(write_file_atomic(options.file, bytes, kOwnerOnly));
    app.console.note("the recovery kit is in " + escape_for_display(options.file) +
                     (kit.password ? ": it holds the password" : ": print it and write the password's place on it"));
    app.console.print_json(report::kit_json(kit));
    return {};
}

}  // namespace cofre::cli
