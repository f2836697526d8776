// Any bytes are read as a tree, or refused. What is read can be written, is then
// read as the same, and is written the same again.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "repo/go_text.h"
#include "repo/tree.h"

namespace {

using namespace cofre::repo;  // NOLINT(google-build-using-namespace): a program of one file

void check_text(std::string_view input) {
    std::string quoted;
    append_go_quoted(quoted, input);
    const auto back = unquote_go(quoted);
    COFRE_CHECK(back && *back == input);
    [[maybe_unused]] const auto as_quoted = unquote_go(input);
}

void check_tree(std::string_view input) {
    const auto nodes = decode_tree(input);
    if (!nodes) return;
    TreeEncoder encoder;
    for (const Node& node : *nodes)
        COFRE_CHECK(encoder.add(node));
    const std::string written = encoder.finish();
    const auto again = decode_tree(written);
    COFRE_CHECK(again && again->size() == nodes->size());
    const auto is_same = is_canonical_tree(written);
    COFRE_CHECK(is_same && *is_same);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_text(input);
    check_tree(input);
    return 0;
}
