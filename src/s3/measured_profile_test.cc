#include "s3/measured_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace cofre::s3 {
namespace {

using ::testing::HasSubstr;

MeasuredProfile example_measured() {
    MeasuredProfile measured{.endpoint = "https://s3.example.org:9000",
                             .measured_at = parse_rfc3339("2026-11-22T10:00:00Z").value(),
                             .closest_row = "ceph",
                             .profile = *find_provider("ceph")};
    measured.profile.name = kMeasuredName;
    measured.profile.max_parts = 500;
    measured.profile.min_part_size = 1_MiB;
    measured.profile.addressing = AddressingStyle::kVirtualHost;
    measured.profile.equal_parts = true;
    return measured;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(MeasuredProfile, ComesBackAsItWasWritten) {
    const auto folder = TempDir::create("measured").value();
    const auto file = measured_profile_path(folder.path(), "https://s3.example.org:9000");
    EXPECT_EQ(file, folder.path() / "profiles" / "s3.example.org_9000.json");
    EXPECT_EQ(load_measured(file).error().code(), ErrorCode::kNotFound);
    ASSERT_TRUE(save_measured(file, example_measured()));
    const auto back = load_measured(file);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->endpoint, example_measured().endpoint);
    EXPECT_EQ(back->measured_at, example_measured().measured_at);
    EXPECT_EQ(back->closest_row, "ceph");
    EXPECT_EQ(back->profile, example_measured().profile);
}

TEST(MeasuredProfile, EveryRowComesBack) {
    for (const auto& row : all_providers()) {
        MeasuredProfile measured{.endpoint = "", .closest_row = std::string(row.name), .profile = row};
        const auto back = parse_measured(encode_measured(measured));
        ASSERT_TRUE(back) << row.name << back.error().message();
        measured.profile.name = kMeasuredName;
        EXPECT_EQ(back->profile, measured.profile) << row.name;
    }
}

TEST(MeasuredProfile, HasAFileForEachEndpoint) {
    EXPECT_EQ(measured_profile_path("/s", ""), "/s/profiles/amazonaws.com.json");
    EXPECT_EQ(measured_profile_path("/s", "http://[::1]:80/a/b"), "/s/profiles/[__1]_a_b.json");
}

TEST(MeasuredProfile, RefusesWhatNoStoreCanBe) {
    const std::string good = encode_measured(example_measured());
    for (const auto& bad : {replaced(good, "\"virtual\"", "\"side\""), replaced(good, "500", "500000"),
                            replaced(good, "1048576", "-1"), replaced(good, "\"ceph\"", "\"acme\""),
                            replaced(good, "list_version", "list_verse"), std::string("{}"), std::string("x")}) {
        const auto parsed = parse_measured(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code(), ErrorCode::kCorruption) << parsed.error().message();
        EXPECT_THAT(parsed.error().hint(), HasSubstr("cofre s3 probe"));
    }
    const auto later = parse_measured(replaced(good, "\"cofre_store_profile\": 1", "\"cofre_store_profile\": 2"));
    EXPECT_EQ(later.error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace cofre::s3
