#pragma once

/// @file
/// One suite for every ObjectStore. A backend's test file says
///
///     INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, ::testing::Values(StoreFactory{...}), factory_name);
///
/// and its binary links cofre::store_testing, where the tests are.

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "store/object_store.h"

namespace cofre::store::testing {

/// What the suite has to know of a backend.
struct StoreFactory {
    std::string name;  ///< Letters and digits: a part of the tests' names.
    std::function<std::unique_ptr<ObjectStore>()> open;

    /// Every key of the suite begins with it, so that suites can share one
    /// place; ends in '/'. What lies under it is removed by each test.
    std::string prefix = "contract/";

    /// Objects of the test that needs more than one page of a listing.
    std::size_t many = 1100;

    /// Bytes of the test that needs more than one part of an upload.
    std::size_t large_bytes = 3U << 20U;

    bool keeps_metadata = true;       ///< Content type and user metadata.
    bool keeps_sha256 = true;         ///< head() gives the digest.
    bool keeps_nested = true;         ///< "a" and "a/b", "a/" and "a//b" at once; otherwise kUnsupported.
    bool keeps_long_segments = true;  ///< 1,024 bytes without a slash; otherwise kUnsupported.
};

std::ostream& operator<<(std::ostream& out, const StoreFactory& factory);
std::string factory_name(const ::testing::TestParamInfo<StoreFactory>& info);

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
protected:
    void SetUp() override;
    void TearDown() override;

    /// A key of this test alone: its own prefix, then `name`.
    ObjectKey key(std::string_view name) const;
    const std::string& base() const { return base_; }

    Result<PutReceipt> put(std::string_view name, std::string_view text, const PutOptions& options = {});

    /// The object's text, or its error as "<code>".
    std::string get(std::string_view name, ByteRange range = {});

    /// Names (keys without base()) in the order in which they are listed, common
    /// prefixes in angle brackets.
    std::vector<std::string> list(std::string_view prefix = "", std::string_view start_after = "",
                                  std::optional<char> delimiter = std::nullopt);

    /// The text as the suite's error codes show it, for EXPECT_EQ.
    template <typename T>
    static std::string code(const Result<T>& result) {
        return result ? "ok" : std::string(to_string(result.error().code()));
    }

    CallContext ctx_;
    std::unique_ptr<ObjectStore> store_;

private:
    std::string base_;
};

}  // namespace cofre::store::testing
