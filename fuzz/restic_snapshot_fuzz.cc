// Any bytes are read as a snapshot, or as what `snapshots --json` prints, or
// refused. What is read can be written, and is then read as the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "repo/retention.h"
#include "repo/snapshot.h"

namespace {

using namespace cofre::repo;  // NOLINT(google-build-using-namespace): a program of one file

void check_snapshot(std::string_view input) {
    const auto snapshot = decode_snapshot(input);
    if (!snapshot) return;
    const std::string written = encode_snapshot(*snapshot);
    const auto again = decode_snapshot(written);
    COFRE_CHECK(again && encode_snapshot(*again) == written);
}

void check_list(std::string_view input) {
    const auto list = decode_snapshot_list(input);
    if (!list) return;
    std::vector<const Snapshot*> all;
    for (const ListedSnapshot& listed : *list)
        all.push_back(&listed.snapshot);
    const RetentionPolicy policy{.last = 1, .weekly = 2, .within = {.months = 1}};
    const auto decision = apply_retention(all, policy, kZeroTime, Zone::utc());
    COFRE_CHECK(decision.keep.size() + decision.remove.size() == all.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_snapshot(input);
    check_list(input);
    return 0;
}
