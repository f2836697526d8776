#include "backup/restore_tally.h"

#include <utility>

#include "base/log.h"
#include "base/utf8.h"

namespace cofre::backup {

std::string_view to_string(RestoreAction action) {
    switch (action) {
        case RestoreAction::kRestored: return "restored";
        case RestoreAction::kUpdated: return "updated";
        case RestoreAction::kUnchanged: return "unchanged";
        case RestoreAction::kDeleted: return "deleted";
    }
    return "";
}

bool ends_restore(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kCancelled:
        case ErrorCode::kDeadlineExceeded:
        case ErrorCode::kResourceExhausted:
        case ErrorCode::kUnauthenticated: return true;
        default: return false;
    }
}

Status RestoreTally::settle(std::string_view path, const Status& status) {
    if (status) return {};
    if (ends_restore(status.error())) return Error(status.error()).context("restore " + escape_for_display(path));
    add_problem(path, status.error().message());
    return {};
}

void RestoreTally::add_problem(std::string_view path, const std::string& message) {
    progress_.problems.fetch_add(1);
    log_warning("restore", escape_for_display(path) + ": " + message);
    outcome_.with([&](TreeRestoreOutcome& out) {
        ++out.problem_count;
        if (out.problems.size() < BackupOutcome::kMaxProblems) out.problems.push_back({std::string(path), message});
    });
}

void RestoreTally::add_warning(std::string message) {
    log_warning("restore", message);
    outcome_.with([&](TreeRestoreOutcome& out) {
        if (out.warnings.size() < BackupOutcome::kMaxProblems) out.warnings.push_back(std::move(message));
    });
}

void RestoreTally::add_warnings(std::string_view path, const std::vector<Error>& warnings) {
    for (const Error& warning : warnings)
        add_problem(path, warning.message());
}

void RestoreTally::observe(RestoreAction action, const std::string& path, std::uint64_t size) {
    if (!observer_) return;
    observing_.with([&](int&) { observer_(action, path, size); });
}

}  // namespace cofre::backup
