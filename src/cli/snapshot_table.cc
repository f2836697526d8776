#include "cli/snapshot_table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"

namespace cofre::cli {
namespace {

enum Column : std::uint8_t { kIdColumn, kTimeColumn, kHostColumn, kTagsColumn, kPathsColumn, kSizeColumn, kColumns };
using TableRow = std::array<std::string, kColumns>;
constexpr std::array<std::string_view, kColumns> kHeadings = {"ID", "Time", "Host", "Tags", "Paths", "Size"};

/// Characters, near enough to columns of a terminal.
std::size_t text_width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string join_display(const std::vector<std::string>& words, std::string_view between) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : std::string(between)) + escape_for_display(word);
    return out;
}

void append_rows(const repo::ListedSnapshot& listed, bool compact, std::vector<TableRow>& rows) {
    const auto& snapshot = listed.snapshot;
    TableRow first;
    first[kIdColumn] = listed.id.substr(0, 8);
    first[kTimeColumn] = table_time(snapshot.time);
    first[kHostColumn] = escape_for_display(snapshot.hostname);
    first[kTagsColumn] = join_display(snapshot.tags, ",");
    if (snapshot.summary) first[kSizeColumn] = format_bytes(snapshot.summary->total_bytes_processed);
    if (compact) {
        first[kPathsColumn] = join_display(snapshot.paths, ", ");
    } else if (!snapshot.paths.empty()) {
        first[kPathsColumn] = escape_for_display(snapshot.paths.front());
    }
    rows.push_back(std::move(first));
    for (std::size_t i = 1; !compact && i < snapshot.paths.size(); ++i) {
        TableRow more;
        more[kPathsColumn] = escape_for_display(snapshot.paths[i]);
        rows.push_back(std::move(more));
    }
}

std::string row_line(const TableRow& row, const std::array<std::size_t, kColumns>& widths) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
        if (widths[i] == 0) continue;
        line += row[i] + std::string(widths[i] - text_width(row[i]) + 2, ' ');
    }
    while (line.ends_with(' '))
        line.pop_back();
    return line;
}

}  // namespace

std::string table_time(const repo::ZonedTime& time) {
    const auto civil = repo::to_civil(repo::Zone::local().at(time.seconds, time.nanoseconds));
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", civil.year, civil.month, civil.day, civil.hour,
                       civil.minute, civil.second);
}

std::vector<std::string> snapshot_table(std::span<const repo::ListedSnapshot> list,
                                        std::span<const std::size_t> members, bool compact) {
    std::vector<TableRow> rows;
    for (const std::size_t member : members)
        append_rows(list[member], compact, rows);
    std::array<std::size_t, kColumns> widths{};
    bool has_size = false;
    for (std::size_t i = 0; i < kColumns; ++i) {
        widths[i] = kHeadings[i].size();
        for (const auto& row : rows)
            widths[i] = std::max(widths[i], text_width(row[i]));
    }
    for (const auto& row : rows)
        has_size = has_size || !row[kSizeColumn].empty();
    if (!has_size) widths[kSizeColumn] = 0;
    TableRow headings;
    for (std::size_t i = 0; i < kColumns; ++i)
        headings[i] = kHeadings[i];
    std::size_t width = 0;
    std::vector<std::string> lines = {row_line(headings, widths)};
    for (const auto& row : rows) {
        lines.push_back(row_line(row, widths));
        width = std::max(width, text_width(lines.back()));
    }
    const std::string rule(std::max(width, text_width(lines.front())), '-');
    lines.insert(lines.begin() + 1, rule);
    lines.push_back(rule);
    lines.push_back(fmt::format("{} snapshot{}", members.size(), members.size() == 1 ? "" : "s"));
    return lines;
}

std::string group_heading(const repo::SnapshotGroup& group, const repo::GroupBy& by) {
    std::string inside;
    const auto add = [&inside](bool wanted, std::string_view name, const std::string& value) {
        if (wanted) inside += fmt::format("{}{} [{}]", inside.empty() ? "" : ", ", name, value);
    };
    add(by.host, "host", escape_for_display(group.hostname));
    add(by.tags, "tags", join_display(group.tags, ", "));
    add(by.paths, "paths", join_display(group.paths, ", "));
    return inside.empty() ? inside : "snapshots for (" + inside + "):";
}

std::string group_key_json(const repo::SnapshotGroup& group, const repo::GroupBy& by) {
    nlohmann::ordered_json key = {{"hostname", group.hostname}, {"paths", nullptr}, {"tags", nullptr}};
    if (by.paths) key["paths"] = group.paths;
    if (by.tags && !group.tags.empty()) key["tags"] = group.tags;
    return key.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cofre::cli
