// `find`: files by name and time, or by what they are made of.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "cli/local_time.h"
#include "cli/node_text.h"
#include "cli/read_session.h"
#include "repo/tree_walk.h"
#include "source/path_filter.h"

namespace cofre::cli {
namespace {

/// A JSON list that is printed as it grows.
class JsonList {
public:
    explicit JsonList(const Console& console) : console_(console) {}
    void add(const nlohmann::ordered_json& element) {
        console_.print_json((is_empty_ ? "[" : ",") + json_text(element));
        is_empty_ = false;
    }
    void close() const { console_.print_json(is_empty_ ? "[]" : "]"); }

private:
    const Console& console_;
    bool is_empty_ = true;
};

/// Newest first, as restic.
Result<std::vector<const repo::ListedSnapshot*>> snapshots_to_search(const App& app, const ReadSession& reading,
                                                                     const FindOptions& options) {
    const auto& list = reading.list.snapshots;
    COFRE_ASSIGN(const auto places, choose_snapshots(app, list, options.snapshots, to_filter(options.filter)));
    std::vector<const repo::ListedSnapshot*> chosen;
    for (const auto place : places) {
        if (list[place].snapshot.tree) chosen.push_back(&list[place]);
    }
    std::stable_sort(chosen.begin(), chosen.end(),
                     [](const auto* a, const auto* b) { return repo::is_before(b->snapshot.time, a->snapshot.time); });
    return chosen;
}

class PatternSearch {
public:
    static Result<PatternSearch> create(const FindOptions& options) {
        PatternSearch search;
        for (const auto& text : options.patterns) {
            COFRE_ASSIGN(auto pattern, source::PathPattern::parse(text, options.ignore_case));
            search.patterns_.push_back(std::move(pattern));
        }
        if (!options.newest.empty()) {
            COFRE_ASSIGN(search.newest_, parse_local_time(options.newest));
        }
        if (!options.oldest.empty()) {
            COFRE_ASSIGN(search.oldest_, parse_local_time(options.oldest));
        }
        return search;
    }

    bool matches(const std::string& path, const repo::Node& node) const {
        if (oldest_ && repo::is_before(node.mtime, *oldest_)) return false;
        if (newest_ && repo::is_before(*newest_, node.mtime)) return false;
        return std::any_of(patterns_.begin(), patterns_.end(), [&](const auto& p) { return p.matches(path); });
    }
    bool may_match_below(const std::string& path) const {
        return std::any_of(patterns_.begin(), patterns_.end(), [&](const auto& p) { return p.may_match_below(path); });
    }

private:
    PatternSearch() = default;
    std::vector<source::PathPattern> patterns_;
    std::optional<repo::ZonedTime> newest_;
    std::optional<repo::ZonedTime> oldest_;
};

Status find_patterns(const App& app, const ReadSession& reading, const FindOptions& options) {
    COFRE_ASSIGN(const auto search, PatternSearch::create(options));
    COFRE_ASSIGN(const auto snapshots, snapshots_to_search(app, reading, options));
    JsonList list(app.console);
    for (const auto* listed : snapshots) {
        auto matches = nlohmann::ordered_json::array();
        bool is_first = true;
        repo::TreeWalkEvents events;
        events.visit = [&](const std::string& path, repo::Node& node) -> Result<bool> {
            if (search.matches(path, node)) {
                if (is_first) {
                    app.console.note("in snapshot " + listed->id.substr(0, 8) + " of " +
                                     local_time_text(listed->snapshot.time) + ":");
                }
                is_first = false;
                if (app.console.json()) matches.push_back(found_node_json(path, node));
                app.console.print(options.long_form ? long_node_line(path, node) : escape_for_display(path));
            }
            return search.may_match_below(path);
        };
        COFRE_TRY(repo::walk_tree(app.ctx, reading.repository(), *listed->snapshot.tree, {}, events));
        if (is_first || !app.console.json()) continue;
        const auto hits = matches.size();
        list.add({{"matches", std::move(matches)}, {"hits", hits}, {"snapshot", listed->id}});
    }
    list.close();
    return {};
}

/// Ids that are searched for, by their first digits.
class IdSearch {
public:
    static Result<IdSearch> create(const FindOptions& options, ReadSession& reading, const App& app) {
        IdSearch search;
        for (const auto& text : options.patterns) {
            if (text.empty() || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
                return Error(ErrorCode::kInvalidArgument,
                             "\"" + escape_for_display(text) + "\" is not the beginning of an id");
            }
            if (options.pack) {
                COFRE_TRY(search.add_pack(app, reading.repository(), text));
            } else {
                (options.blob ? search.blob_prefixes_ : search.tree_prefixes_).push_back(text);
            }
        }
        return search;
    }

    bool has_tree(const repo::Id& id) const { return trees_.contains(id) || begins(id, tree_prefixes_); }
    bool has_blob(const repo::Id& id) const { return blobs_.contains(id) || begins(id, blob_prefixes_); }

private:
    IdSearch() = default;

    Status add_pack(const App& app, repo::Repository& repository, const std::string& prefix) {
        COFRE_ASSIGN(const auto pack, repository.find(app.ctx, repo::FileKind::kPack, prefix));
        repository.with_index([&](const repo::BlobIndex& index) {
            const auto number = index.find_pack(pack);
            index.for_each([&](const repo::BlobPlace& place) {
                if (number && place.pack == *number) {
                    (place.blob.type == repo::BlobType::kTree ? trees_ : blobs_).insert(place.blob.id);
                }
            });
        });
        return {};
    }

    static bool begins(const repo::Id& id, const std::vector<std::string>& prefixes) {
        if (prefixes.empty()) return false;
        const auto hex = id.hex();
        return std::any_of(prefixes.begin(), prefixes.end(),
                           [&](const auto& prefix) { return hex.starts_with(prefix); });
    }

    std::set<repo::Id> trees_;
    std::set<repo::Id> blobs_;
    std::vector<std::string> tree_prefixes_;
    std::vector<std::string> blob_prefixes_;
};

void show_object(const App& app, JsonList& list, std::string_view type, const repo::Id& id, const std::string& path,
                 const std::string& parent, const repo::ListedSnapshot& listed) {
    if (app.console.json()) {
        nlohmann::ordered_json out = {{"object_type", type}, {"id", id.hex()}};
        add_path_json(out, "path", path);
        if (!parent.empty()) out["parent_tree"] = parent;
        std::string time;
        repo::append_zoned_time(time, listed.snapshot.time);
        out["snapshot"] = listed.id;
        out["time"] = time;
        list.add(out);
        return;
    }
    app.console.print(fmt::format("Found {} {}", type, id.hex()));
    app.console.print(fmt::format(" ... {} {}", type == "blob" ? "in file" : "path", escape_for_display(path)));
    if (!parent.empty()) app.console.print(fmt::format("     (tree {})", parent));
    app.console.print(
        fmt::format(" ... in snapshot {} ({})", listed.id.substr(0, 8), local_time_text(listed.snapshot.time)));
}

Status find_ids(const App& app, ReadSession& reading, const FindOptions& options) {
    COFRE_ASSIGN(const auto search, IdSearch::create(options, reading, app));
    COFRE_ASSIGN(const auto snapshots, snapshots_to_search(app, reading, options));
    JsonList list(app.console);
    for (const auto* listed : snapshots) {
        // The tree that each folder on the way is.
        std::vector<std::string> trees = {listed->snapshot.tree->hex()};
        if (search.has_tree(*listed->snapshot.tree))
            show_object(app, list, "tree", *listed->snapshot.tree, "/", "", *listed);
        repo::TreeWalkEvents events;
        events.visit = [&](const std::string& path, repo::Node& node) -> Result<bool> {
            if (node.subtree) {
                if (search.has_tree(*node.subtree)) show_object(app, list, "tree", *node.subtree, path, "", *listed);
                trees.push_back(node.subtree->hex());
            }
            if (node.content) {
                for (const auto& id : *node.content) {
                    if (search.has_blob(id)) show_object(app, list, "blob", id, path, trees.back(), *listed);
                }
            }
            return true;
        };
        events.leave = [&](const std::string&, repo::Node&) -> Status {
            trees.pop_back();
            return {};
        };
        COFRE_TRY(repo::walk_tree(app.ctx, reading.repository(), *listed->snapshot.tree, {}, events));
    }
    list.close();
    return {};
}

Status find(const App& app, const FindOptions& options) {
    COFRE_ASSIGN(auto reading, open_for_reading(app, options.from));
    const bool by_id = options.blob || options.tree || options.pack;
    COFRE_TRY(by_id ? find_ids(app, reading, options) : find_patterns(app, reading, options));
    return reading.session->close();
}

}  // namespace

int run_command(const App& app, const FindOptions& options) {
    const auto status = find(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
