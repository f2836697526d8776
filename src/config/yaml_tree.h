#pragma once

/// @file
/// YAML as a small tree that remembers where everything stands. Private.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cofre::config {

/// Both from 1; {0, 0}: nowhere.
struct Position {
    std::size_t line = 0;
    std::size_t column = 0;
};

struct YamlEntry;

/// A value. Aliases and merge keys (`<<`) are resolved already.
struct YamlNode {
    enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
    Kind kind = Kind::kNull;
    Position position;
    std::string text;                ///< kScalar.
    std::vector<YamlNode> items;     ///< kList.
    std::vector<YamlEntry> entries;  ///< kMap, keys unique, in the order of the file.

    /// nullptr: not a map, or no such key.
    const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
    std::string key;
    Position position;
    YamlNode value;
};

/// "file:line:column: cause", or less of it where the position is unknown.
Error error_at(std::string_view file, Position position, std::string_view cause);

/// Longest file, most nodes and text after aliases are resolved, deepest
/// nesting: beyond these a small file could fill the memory or the stack.
inline constexpr std::size_t kMaxYamlBytes = 1U << 20U;
inline constexpr std::size_t kMaxYamlNodes = 100'000;
inline constexpr std::size_t kMaxYamlTextBytes = 4U << 20U;
inline constexpr std::size_t kMaxYamlDepth = 32;

/// One document. Accepts a UTF-8 byte order mark and CR LF. kInvalidArgument,
/// with the position: not YAML, not UTF-8, NUL, a tab in the indentation, a key
/// twice, a second document, a tag of one's own. kResourceExhausted: one of the
/// bounds above. An empty file is a null node. `file` is for messages.
Result<YamlNode> parse_yaml(std::string_view text, std::string_view file);

}  // namespace cofre::config
