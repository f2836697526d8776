#include "store/testing/store_contract.h"

#include <algorithm>

#include "base/encoding.h"

namespace cofre::store::testing {

std::ostream& operator<<(std::ostream& out, const StoreFactory& factory) {
    return out << factory.name;
}

std::string factory_name(const ::testing::TestParamInfo<StoreFactory>& info) {
    return info.param.name;
}

void StoreContract::SetUp() {
    store_ = GetParam().open();
    ASSERT_NE(store_, nullptr);
    std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    // The parameter's name stays in it: two runs may share a bucket at once.
    std::replace(test.begin(), test.end(), '/', '-');
    base_ = GetParam().prefix + test + "/";
}

void StoreContract::TearDown() {
    if (!store_) return;
    std::vector<ObjectKey> keys;
    ASSERT_TRUE(store_->list(ctx_, {.prefix = base_}, [&](const ObjectInfo& info) -> Status {
        keys.push_back(info.key);
        return {};
    }));
    const auto failures = store_->remove_many(ctx_, keys);
    ASSERT_TRUE(failures) << failures.error().message();
    for (const RemoveFailure& failure : *failures)
        ADD_FAILURE() << failure.key.str() << ": " << failure.error.message();
    EXPECT_EQ(list(), std::vector<std::string>());
}

ObjectKey StoreContract::key(std::string_view name) const {
    return *ObjectKey::parse(base_ + std::string(name));
}

Result<PutReceipt> StoreContract::put(std::string_view name, std::string_view text, const PutOptions& options) {
    return store_->put(ctx_, key(name), SpanSource(text), options);
}

std::string StoreContract::get(std::string_view name, ByteRange range) {
    std::string text;
    const auto head = store_->get(ctx_, key(name), range, [&](std::span<const std::byte> bytes) -> Status {
        text += to_text(bytes);
        return {};
    });
    return head ? text : "<" + std::string(to_string(head.error().code())) + ">";
}

std::vector<std::string> StoreContract::list(std::string_view prefix, std::string_view start_after,
                                             std::optional<char> delimiter) {
    std::vector<std::string> names;
    ListOptions options;
    options.prefix = base_ + std::string(prefix);
    if (!start_after.empty()) options.start_after = base_ + std::string(start_after);
    options.delimiter = delimiter;
    options.on_common_prefix = [&](const std::string& common) -> Status {
        names.push_back("<" + common.substr(base_.size()) + ">");
        return {};
    };
    const Status status = store_->list(ctx_, options, [&](const ObjectInfo& info) -> Status {
        names.push_back(info.key.str().substr(base_.size()));
        return {};
    });
    EXPECT_TRUE(status) << status.error().message();
    return names;
}

}  // namespace cofre::store::testing
