#include "repo/key_file.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "repo/repo_config.h"

namespace cofre::repo {
namespace {

KeyInfo cheap_key() {
    return {.created = "2026-11-22T00:00:00Z", .username = "u", .hostname = "h", .cost = {.n = 16, .r = 1, .p = 1}};
}

TEST(KeyFile, IsOpenedByItsPasswordOnly) {
    const auto master = crypto::BoxKey::random();
    const auto file = *parse_key_file(encode_key_file(*create_key_file(master, Secret("right"), cheap_key())));
    EXPECT_EQ(file.info.hostname, "h");
    EXPECT_EQ(open_key_file(file, Secret("wrong")).error().code(), ErrorCode::kWrongPassword);
    const auto opened = open_key_file(file, Secret("right"));
    ASSERT_TRUE(opened);
    std::vector<std::byte> box(32 + 5);
    crypto::SealedBox(master).seal(box);
    EXPECT_TRUE(crypto::SealedBox(*opened).open(box)) << "the same key";
}

TEST(KeyFile, IsDamagedWhenThePasswordFitsAndNoKeyIsInside) {
    auto file = *create_key_file(crypto::BoxKey::random(), Secret("x"), cheap_key());
    std::vector<std::byte> user(64);
    ASSERT_TRUE(crypto::scrypt(Secret("x"), file.salt, file.info.cost, user));
    const crypto::BoxKey key{std::span<const std::byte, 64>(user)};
    for (const char* inside : {"{}", "no json", R"({"mac":{"k":"AAAA","r":"AAAA"},"encrypt":"AAAA"})",
                               R"({"mac":{"k":1,"r":2},"encrypt":3})"}) {
        const auto text = as_bytes(inside);
        file.data.assign(text.size() + 32, std::byte{0});
        std::copy(text.begin(), text.end(), file.data.begin() + 16);
        crypto::SealedBox(key).seal(file.data);
        EXPECT_EQ(open_key_file(file, Secret("x")).error().code(), ErrorCode::kCorruption) << inside;
    }
}

TEST(KeyFile, RefusesAnotherForm) {
    const auto good =
        nlohmann::json::parse(encode_key_file(*create_key_file(crypto::BoxKey::random(), Secret("x"), cheap_key())));
    const auto code = [](const nlohmann::json& json) { return parse_key_file(json.dump()).error().code(); };
    for (const char* name : {"kdf", "N", "r", "p", "salt", "data"}) {
        auto bad = good;
        bad.erase(name);
        EXPECT_EQ(code(bad), ErrorCode::kCorruption) << name;
    }
    auto bad = good;
    bad["kdf"] = "argon2";
    EXPECT_EQ(code(bad), ErrorCode::kUnsupported);
    bad = good;
    bad["salt"] = base64_encode(as_bytes(std::string(63, 's')));
    EXPECT_EQ(code(bad), ErrorCode::kCorruption);
    bad["salt"] = "?";
    EXPECT_EQ(code(bad), ErrorCode::kCorruption);
    EXPECT_FALSE(parse_key_file(""));
    EXPECT_FALSE(parse_key_file("[]"));
}

TEST(KeyFile, IsNotOpenedAtAnyPrice) {
    auto file = *create_key_file(crypto::BoxKey::random(), Secret("x"), cheap_key());
    file.info.cost.n = 1ULL << 40U;
    EXPECT_EQ(open_key_file(file, Secret("x")).error().code(), ErrorCode::kUnsupported);
}

TEST(CurrentIdentity, IsOurs) {
    EXPECT_EQ(current_identity().pid, static_cast<std::uint64_t>(::getpid()));
    EXPECT_FALSE(current_identity().hostname.empty());
}

TEST(RepoConfig, IsReadAsItWasWritten) {
    const auto config = new_repo_config(2);
    const auto again = parse_repo_config(encode_repo_config(config));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, config.id);
    EXPECT_EQ(again->version, 2U);
    EXPECT_EQ(again->chunker_polynomial, config.chunker_polynomial);
}

TEST(RepoConfig, RefusesAnotherVersionAReduciblePolynomialAndNonsense) {
    const auto with = [](const std::string& version, const std::string& id, const std::string& polynomial) {
        const auto parsed = parse_repo_config("{\"version\":" + version + ",\"id\":\"" + id +
                                              "\",\"chunker_polynomial\":\"" + polynomial + "\",\"other\":1}");
        return parsed ? "ok" : std::string(to_string(parsed.error().code()));
    };
    const std::string id(64, 'a');
    EXPECT_EQ(with("2", id, "3da3358b4dc173"), "ok");
    EXPECT_EQ(with("1", id, "3da3358b4dc173"), "ok");
    EXPECT_EQ(with("3", id, "3da3358b4dc173"), "unsupported");
    EXPECT_EQ(with("0", id, "3da3358b4dc173"), "unsupported");
    EXPECT_EQ(with("\"2\"", id, "3da3358b4dc173"), "corruption");
    EXPECT_EQ(with("2", "abc", "3da3358b4dc173"), "corruption");
    EXPECT_EQ(with("2", id, "3da3358b4dc172"), "corruption");
    EXPECT_EQ(with("2", id, "7"), "corruption") << "irreducible, but of no use";
    EXPECT_FALSE(parse_repo_config("{}"));
    EXPECT_FALSE(parse_repo_config(""));
}

}  // namespace
}  // namespace cofre::repo
