#include "report/page_text.h"

#include <algorithm>
#include <string_view>

namespace cofre::report {
namespace {

constexpr std::string_view kIndent = "    ";

/// Columns of a terminal, for the Latin letters that our own words have.
std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string underlined(const std::string& text, char line) {
    return text + '\n' + std::string(columns_of(text), line) + '\n';
}

std::string wrapped(std::string_view text) {
    std::string out;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto space = text.find(' ');
        const auto word = text.substr(0, space);
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
        const auto width = columns_of(word);
        if (column != 0) {
            const bool fits = column + 1 + width <= kCommandColumns;
            out += fits ? ' ' : '\n';
            column = fits ? column + 1 : 0;
        }
        out += word;
        column += width;
    }
    return out + '\n';
}

std::string indented(std::string_view lines) {
    std::string out(kIndent);
    for (const char c : lines) {
        out += c;
        if (c == '\n') out += kIndent;
    }
    return out + '\n';
}

/// Facts in a row stand in two columns.
std::size_t label_columns(const Page& page) {
    std::size_t widest = 0;
    for (const auto& block : page.blocks) {
        if (block.kind == BlockKind::kFact) widest = std::max(widest, columns_of(block.label));
    }
    return widest;
}

std::string text_of(const Block& block, std::size_t label_width) {
    switch (block.kind) {
        case BlockKind::kTitle: return underlined(block.label, '=') + block.text + '\n';
        case BlockKind::kWarning: return wrapped("!!! " + block.text);
        case BlockKind::kHeading: return underlined(block.label, '-');
        case BlockKind::kFact:
            return block.label + std::string(label_width - columns_of(block.label) + 2, ' ') + block.text + '\n';
        case BlockKind::kBlank: {
            const auto used = columns_of(block.label) + 2;
            return block.label + ": " + std::string(kCommandColumns - std::min(kCommandColumns - 20, used), '_') + '\n';
        }
        case BlockKind::kCommand: return indented(block.text);
        case BlockKind::kText:
        case BlockKind::kFooter: return wrapped(block.text);
    }
    return {};
}

}  // namespace

std::string page_text(const Page& page) {
    const auto label_width = label_columns(page);
    std::string out;
    const Block* above = nullptr;
    for (const auto& block : page.blocks) {
        const bool continues = above != nullptr && (above->kind == block.kind || above->kind == BlockKind::kHeading) &&
                               (block.kind == BlockKind::kFact || block.kind == BlockKind::kCommand);
        const bool explains = above != nullptr && above->kind == BlockKind::kHeading;
        if (above != nullptr && !continues && !explains) out += '\n';
        out += text_of(block, label_width);
        above = &block;
    }
    return out;
}

}  // namespace cofre::report
