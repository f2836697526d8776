#pragma once

/// @file
/// A page for people, before it is text or PDF.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cofre::report {

enum class BlockKind : std::uint8_t {
    kTitle,    ///< `label`; `text` is the line below it. First, once.
    kWarning,  ///< A sentence that must not be overlooked.
    kHeading,
    kText,     ///< A paragraph.
    kFact,     ///< `label` and one line of `text`, as in a form.
    kBlank,    ///< `label` and a ruled line, to be filled in by hand.
    kCommand,  ///< Lines for a shell, to be copied as they are.
    kFooter,   ///< Small, last.
};

/// UTF-8 without control characters, but '\n' between the lines of a command.
struct Block {
    BlockKind kind = BlockKind::kText;
    std::string label = {};
    std::string text = {};
};

struct Page {
    std::vector<Block> blocks;
};

/// Lines of commands are at most so long; no writer of pages breaks them.
inline constexpr std::size_t kCommandColumns = 88;

}  // namespace cofre::report
