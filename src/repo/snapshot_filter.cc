#include "repo/snapshot_filter.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "base/utf8.h"

namespace cofre::repo {
namespace {

constexpr std::string_view kLatest = "latest";

std::string_view trim_word(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
    std::vector<std::string_view> words;
    for (;;) {
        const auto comma = text.find(',');
        words.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos) return words;
        text.remove_prefix(comma + 1);
    }
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

Error bad_snapshot_name(std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text) + "\" names no snapshot")
        .with_hint("write \"latest\", \"latest~1\" for the one before it, or the first digits of an id");
}

Result<std::size_t> find_by_id(std::span<const ListedSnapshot> list, const std::string& prefix) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].id.starts_with(prefix)) continue;
        if (found) {
            return Error(ErrorCode::kInvalidArgument, "snapshot id " + prefix + " fits several snapshots")
                .with_hint("give more digits of the id");
        }
        found = i;
    }
    if (!found) return Error(ErrorCode::kNotFound, "no snapshot with id " + prefix);
    return *found;
}

}  // namespace

TagList parse_tag_list(std::string_view text) {
    TagList tags;
    for (const std::string_view word : split_at_commas(text))
        tags.emplace_back(trim_word(word));
    return tags;
}

std::string to_string(const TagList& tags) {
    std::string out = "[";
    for (const std::string& tag : tags) {
        if (&tag != tags.data()) out += ", ";
        out += tag;
    }
    return out + "]";
}

bool has_tags(const Snapshot& snapshot, const TagList& tags) {
    for (const std::string& tag : tags) {
        if (tag.empty() && snapshot.tags.empty()) return true;
        if (!contains(snapshot.tags, tag)) return false;
    }
    return true;
}

bool SnapshotFilter::matches(const Snapshot& snapshot) const {
    const bool is_host = hosts.empty() || contains(hosts, snapshot.hostname);
    const bool is_tagged = tags.empty() || std::any_of(tags.begin(), tags.end(),
                                                       [&](const TagList& list) { return has_tags(snapshot, list); });
    return is_host && is_tagged && std::all_of(paths.begin(), paths.end(), [&](const std::string& path) {
               return contains(snapshot.paths, path);
           });
}

Result<SnapshotName> parse_snapshot_name(std::string_view text) {
    const auto colon = text.find(':');
    const std::string_view id = text.substr(0, colon);
    SnapshotName name;
    if (colon != std::string_view::npos) name.path = text.substr(colon + 1);
    if (id == kLatest) {
        name.back_from_latest = 0;
        return name;
    }
    if (id.starts_with("latest~")) {
        const std::string_view digits = id.substr(kLatest.size() + 1);
        std::size_t back = 0;
        const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), back);
        if (fault != std::errc() || end != digits.data() + digits.size()) return bad_snapshot_name(text);
        name.back_from_latest = back;
        return name;
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    if (id.empty() || id.size() > 2 * Id::kSize || id.find_first_not_of(kHex) != std::string_view::npos) {
        return bad_snapshot_name(text);
    }
    name.id_prefix = id;
    return name;
}

Result<std::size_t> find_snapshot(std::span<const ListedSnapshot> list, const SnapshotName& name,
                                  const SnapshotFilter& filter, const ZonedTime& now) {
    if (!name.back_from_latest) return find_by_id(list, name.id_prefix);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!is_before(now, list[i].snapshot.time) && filter.matches(list[i].snapshot)) found.push_back(i);
    }
    if (found.size() <= *name.back_from_latest) {
        return Error(ErrorCode::kNotFound, found.empty()
                                               ? std::string("no snapshot fits the filter")
                                               : "only " + std::to_string(found.size()) + " snapshots fit the filter");
    }
    const auto wanted = found.begin() + static_cast<std::ptrdiff_t>(*name.back_from_latest);
    // Ids decide between snapshots of the same instant, so that the answer does
    // not depend on the order of a listing.
    std::nth_element(found.begin(), wanted, found.end(), [list](std::size_t a, std::size_t b) {
        const ZonedTime& x = list[a].snapshot.time;
        const ZonedTime& y = list[b].snapshot.time;
        return is_before(y, x) || (!is_before(x, y) && list[a].id > list[b].id);
    });
    return *wanted;
}

Result<GroupBy> parse_group_by(std::string_view text) {
    GroupBy by;
    for (const std::string_view word : split_at_commas(text)) {
        if (word == "host" || word == "hosts") {
            by.host = true;
        } else if (word == "path" || word == "paths") {
            by.paths = true;
        } else if (word == "tag" || word == "tags") {
            by.tags = true;
        } else if (!word.empty()) {
            return Error(ErrorCode::kInvalidArgument, "cannot group by \"" + escape_for_display(word) + "\"")
                .with_hint("write host, paths or tags, with commas between them");
        }
    }
    return by;
}

std::vector<SnapshotGroup> group_snapshots(std::span<const ListedSnapshot> list, const GroupBy& by) {
    using Key = std::tuple<std::string, std::vector<std::string>, std::vector<std::string>>;
    std::map<Key, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Snapshot& snapshot = list[i].snapshot;
        Key key;
        auto& [hostname, paths, tags] = key;
        if (by.host) hostname = snapshot.hostname;
        if (by.paths) paths = snapshot.paths;
        if (by.tags) tags = snapshot.tags;
        std::sort(paths.begin(), paths.end());
        std::sort(tags.begin(), tags.end());
        groups[std::move(key)].push_back(i);
    }
    std::vector<SnapshotGroup> result;
    for (auto& [key, members] : groups) {
        const auto& [hostname, paths, tags] = key;
        result.push_back({.hostname = hostname, .paths = paths, .tags = tags, .members = std::move(members)});
    }
    return result;
}

}  // namespace cofre::repo
