#!/usr/bin/env python3
"""Writes src/repo/go_printable.cc: what Go's unicode.IsPrint says of code points.

    tools/make_printable_table.py [UnicodeData.txt]

Go calls letters, marks, numbers, punctuation, symbols and U+0020 printable
(unicode.PrintRanges). The file comes from Debian's package unicode-data, whose
version in Debian 12, 15.0.0, is that of Go 1.21 to 1.25; another version needs
a look at kGoUnicodeVersion. Run by hand; the result is in git.
"""
import pathlib
import sys

DEFAULT = "/usr/share/unicode/UnicodeData.txt"
TARGET = pathlib.Path(__file__).parent.parent / "src/repo/go_printable.cc"

HEAD = """// Written by tools/make_printable_table.py from Unicode's UnicodeData.txt 15.0.0.
#include <algorithm>
#include <array>
#include <cstdint>

#include "repo/go_text.h"

namespace cofre::repo {
namespace {

struct PrintableRange {
    std::uint32_t first;
    std::uint32_t last;
};

// clang-format off
"""

TAIL = """// clang-format on

}  // namespace

bool is_go_printable(char32_t code_point) {
    const auto value = static_cast<std::uint32_t>(code_point);
    if (value < 0x7F) return value >= 0x20;
    const auto* const range = std::lower_bound(kPrintable.begin(), kPrintable.end(), value,
                                               [](const PrintableRange& r, std::uint32_t v) { return r.last < v; });
    return range != kPrintable.end() && range->first <= value;
}

}  // namespace cofre::repo
"""


def printable_code_points(path):
    """Code points from U+007F on; the file lists some blocks by first and last."""
    first = None
    for line in open(path, encoding="ascii"):
        code, name, category = line.split(";")[:3]
        value = int(code, 16)
        if name.endswith(", First>"):
            first = value
            continue
        begin = first if name.endswith(", Last>") else value
        first = None
        if category[0] in "LMNPS":
            yield from (v for v in range(begin, value + 1) if v >= 0x7F)


def main():
    ranges = []
    for value in printable_code_points(sys.argv[1] if len(sys.argv) > 1 else DEFAULT):
        if ranges and ranges[-1][1] + 1 == value:
            ranges[-1][1] = value
        else:
            ranges.append([value, value])
    out = [HEAD, f"constexpr std::array<PrintableRange, {len(ranges)}> kPrintable = {{{{\n"]
    for i in range(0, len(ranges), 5):
        out.append("    " + " ".join(f"{{0x{a:X}, 0x{b:X}}}," for a, b in ranges[i : i + 5]) + "\n")
    out += ["}};\n", TAIL]
    TARGET.write_text("".join(out), encoding="ascii")


if __name__ == "__main__":
    main()
