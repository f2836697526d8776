#pragma once

/// @file
/// Entries of snapshots as restic shows them.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "repo/tree_node.h"

namespace cofre::cli {

/// Go's form of a file mode: "drwxr-xr-x", "urwxr-xr-x", "Lrwxrwxrwx".
std::string mode_text(std::uint32_t go_mode);

/// "2026-01-31 12:00:00" in this process's zone.
std::string local_time_text(const repo::ZonedTime& time);

/// A line of `ls -l`; names escaped for terminals.
std::string long_node_line(const std::string& path, const repo::Node& node);

/// `text` if it is UTF-8, else escaped; then `key`_base64 has the bytes.
void add_path_json(nlohmann::ordered_json& out, const std::string& key, std::string_view text);

/// An element of `ls --json`, and one of `find --json`.
nlohmann::ordered_json ls_node_json(const std::string& path, const repo::Node& node);
nlohmann::ordered_json found_node_json(const std::string& path, const repo::Node& node);

/// In one line; what is not UTF-8 is replaced.
std::string json_text(const nlohmann::ordered_json& document);

}  // namespace cofre::cli
