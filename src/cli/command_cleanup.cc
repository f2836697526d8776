#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/job_runner.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<s3::PendingUpload>& uploads) {
    Json list = Json::array();
    for (const auto& upload : uploads) {
        list.push_back({{"key", escape_for_display(upload.key.str())},
                        {"upload_id", upload.upload_id},
                        {"initiated", format_rfc3339(upload.initiated)}});
    }
    return list;
}

void show(const App& app, std::string_view what, const std::vector<s3::PendingUpload>& uploads) {
    for (const auto& upload : uploads) {
        const auto begun = std::chrono::floor<std::chrono::seconds>(upload.initiated);
        app.console.print(
            fmt::format("{:<12} {:<20}  {}", what, format_rfc3339(begun), escape_for_display(upload.key.str())));
    }
}

void report(const App& app, const s3::UploadCleanup& cleanup, bool dry_run) {
    show(app, dry_run ? "would abort" : "aborted", cleanup.aborted);
    show(app, "resumable", cleanup.young);
    show(app, "not ours", cleanup.others);
    app.console.note(fmt::format(
        "{} {} unfinished uploads of this machine; {} may still be gone on with, {} are others'",
        dry_run ? "would abort" : "aborted", cleanup.aborted.size(), cleanup.young.size(), cleanup.others.size()));
    if (!cleanup.others.empty()) {
        app.console.note(
            "their parts cost storage until they end; a lifecycle rule (AbortIncompleteMultipartUpload) clears them "
            "away");
    }
    app.console.print_json(Json({{"aborted", json_of(cleanup.aborted)},
                                 {"young", json_of(cleanup.young)},
                                 {"others", json_of(cleanup.others)},
                                 {"dry_run", dry_run}})
                               .dump());
}

Status clean_up(const App& app, const CleanupOptions& options) {
    COFRE_ASSIGN(const auto older_than, parse_duration(options.older_than));
    COFRE_ASSIGN(const auto place, resolve_place(app, options.to, ""));
    COFRE_ASSIGN(const auto open, daemon::open_target(place.target, daemon::Absent::kFail, place.state_folder));
    if (open.s3 == nullptr) {
        return Error(ErrorCode::kUnsupported, "cleanup " + open.description + ": only S3 has unfinished uploads");
    }
    COFRE_ASSIGN(
        const auto cleanup,
        open.s3->clean_up_uploads(app.ctx, open.prefix, std::chrono::duration_cast<std::chrono::seconds>(older_than),
                                  options.dry_run));
    report(app, cleanup, options.dry_run);
    return {};
}

}  // namespace

int run_command(const App& app, const CleanupOptions& options) {
    const Status status = clean_up(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
