// `ls` of a repository.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "cli/node_text.h"
#include "cli/read_session.h"
#include "cli/tree_commands.h"
#include "repo/tree_walk.h"

namespace cofre::cli {
namespace {

/// "/a/b" without "." and doubled or trailing slashes.
std::string clean_path(std::string_view path) {
    std::string clean;
    while (!path.empty()) {
        path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
        const auto part = path.substr(0, path.find('/'));
        path.remove_prefix(part.size());
        if (!part.empty() && part != ".") clean += '/' + std::string(part);
    }
    return clean;
}

bool is_at_or_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

class TreeLister {
public:
    TreeLister(const App& app, const LsOptions& options) : app_(app), options_(options) {
        for (const auto& path : options.paths)
            folders_.push_back(clean_path(path));
    }

    Result<bool> visit(const std::string& path, const repo::Node& node) {
        const auto is_in = [&](const std::string& folder) { return is_at_or_below(path, folder); };
        const auto leads_to = [&](const std::string& folder) { return is_at_or_below(folder, path); };
        const bool is_wanted = folders_.empty() || std::any_of(folders_.begin(), folders_.end(), is_in);
        if (is_wanted) show(path, node);
        const bool is_deep = folders_.empty() || options_.recursive;
        return (is_wanted && is_deep) || std::any_of(folders_.begin(), folders_.end(), leads_to);
    }

    bool has_found() const { return has_found_; }

private:
    void show(const std::string& path, const repo::Node& node) {
        has_found_ = true;
        if (app_.console.json()) {
            app_.console.print_json(json_text(ls_node_json(path, node)));
        } else {
            app_.console.print(options_.long_form ? long_node_line(path, node) : escape_for_display(path));
        }
    }

    const App& app_;
    const LsOptions& options_;
    std::vector<std::string> folders_;
    bool has_found_ = false;
};

}  // namespace

Result<int> list_trees(const App& app, OpenPlace place, const LsOptions& options) {
    COFRE_ASSIGN(const auto reading, open_for_reading_at(app, std::move(place), options.from));
    COFRE_ASSIGN(const auto chosen, choose_tree(app, reading, options.snapshot, options.filter));
    if (app.console.json()) {
        auto head = nlohmann::ordered_json::parse(repo::encode_listed_snapshot(*chosen.snapshot), nullptr, false);
        head["message_type"] = "snapshot";
        head["struct_type"] = "snapshot";
        app.console.print_json(json_text(head));
    } else {
        app.console.note("snapshot " + chosen.snapshot->id.substr(0, 8) + " of " +
                         local_time_text(chosen.snapshot->snapshot.time));
    }
    TreeLister lister(app, options);
    repo::TreeWalkEvents events;
    bool is_whole = true;
    events.visit = [&](const std::string& path, repo::Node& node) { return lister.visit(path, node); };
    events.on_error = [&](const std::string& path, const Error& error) -> Status {
        if (path.empty() || error.code() == ErrorCode::kUnavailable) return error;
        is_whole = false;
        app.console.error(Error(error).context(escape_for_display(path)));
        return {};
    };
    COFRE_TRY(repo::walk_tree(app.ctx, reading.repository(), chosen.tree, {}, events));
    COFRE_TRY(reading.session->close());
    if (!options.paths.empty() && !lister.has_found()) {
        return Error(ErrorCode::kNotFound, "snapshot " + chosen.snapshot->id.substr(0, 8) + " has nothing there");
    }
    return static_cast<int>(is_whole ? kExitDone : kExitPartial);
}

}  // namespace cofre::cli
