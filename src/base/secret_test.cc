#include "base/secret.h"

#include <sstream>
#include <type_traits>

#include <gtest/gtest.h>

namespace cofre {
namespace {

template <typename T, typename = void>
struct IsPrintable : std::false_type {};
template <typename T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>> : std::true_type {};

TEST(Secret, CannotBePrintedOrConverted) {
    static_assert(!IsPrintable<Secret>::value);
    static_assert(!std::is_convertible_v<Secret, std::string>);
    static_assert(!std::is_convertible_v<Secret, std::string_view>);
    static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST(Secret, CopiesAndMovesKeepTheValue) {
    for (const char* text : {"", "short", "a value that is far too long for the small string buffer"}) {
        Secret first{std::string(text)};
        Secret copy(first);
        EXPECT_EQ(copy.reveal(), text);
        Secret moved(std::move(first));
        EXPECT_EQ(moved.reveal(), text);
        Secret assigned(std::string("former"));
        assigned = copy;
        EXPECT_EQ(assigned.reveal(), text);
        assigned = std::move(copy);
        EXPECT_EQ(assigned.reveal(), text);
        const Secret& self = assigned;
        assigned = self;
        EXPECT_EQ(assigned.reveal(), text);
    }
}

TEST(Secret, MovedFromIsEmptyAndZeroed) {
    Secret source(std::string("hunter2"));  // Short: lives inside the object, where a move leaves its bytes.
    const auto* raw = reinterpret_cast<const char*>(&source);
    const Secret target(std::move(source));
    EXPECT_EQ(std::string_view(raw, sizeof(Secret)).find("hunter2"), std::string_view::npos);
    EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): what is tested
}

TEST(Secret, DestructionZeroesTheBytes) {
    alignas(Secret) unsigned char storage[sizeof(Secret)];
    auto* secret = new (storage) Secret(std::string("hunter2"));
    const std::string_view raw(reinterpret_cast<const char*>(storage), sizeof(storage));
    ASSERT_NE(raw.find("hunter2"), std::string_view::npos);
    secret->~Secret();
    EXPECT_EQ(raw.find("hunter2"), std::string_view::npos);
}

TEST(Secret, ComparesByValue) {
    const Secret a(std::string("same"));
    EXPECT_TRUE(a == Secret(std::string("same")));
    EXPECT_FALSE(a == Secret(std::string("samE")));
    EXPECT_FALSE(a == Secret(std::string("Same")));
    EXPECT_FALSE(a == Secret(std::string("same ")));
    EXPECT_TRUE(Secret() == Secret(std::string()));
}

}  // namespace
}  // namespace cofre
