// Any bytes pass into psql or are refused, the same however they are cut into
// pieces; and what has passed passes again unchanged, with nothing left to drop:
// no line of the output is a command to psql that the first look did not see.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "dump/postgres_script.h"

namespace {

using cofre::dump::PostgresScript;

struct Outcome {
    bool passed = false;
    std::string out;
    std::uint64_t statements = 0;
};

Outcome run(std::string_view script, std::size_t piece, bool drops) {
    PostgresScript lexer({.drops_restrict = drops, .drops_transaction_timeout = drops});
    Outcome outcome;
    while (!script.empty()) {
        if (!lexer.feed(script.substr(0, piece), outcome.out)) return {};
        script.remove_prefix(std::min(piece, script.size()));
    }
    if (!lexer.finish(outcome.out)) return {};
    outcome.passed = true;
    outcome.statements = lexer.statements();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view script(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = run(script, size, true);
    const auto pieces = run(script, static_cast<std::size_t>(data[0] % 9) + 1, true);
    COFRE_CHECK(whole.passed == pieces.passed);
    COFRE_CHECK(whole.out == pieces.out);
    if (!whole.passed) return 0;
    const auto again = run(whole.out, size, false);
    COFRE_CHECK(again.passed);
    COFRE_CHECK(again.out == whole.out);
    return 0;
}
