#include <string>

#include <gtest/gtest.h>

#include "base/file.h"
#include "objects/manifest_layout.h"
#include "objects/manifest_reader.h"
#include "objects/testing/sample_manifest.h"

namespace cofre::objects {
namespace {

// Version 1 as it was first released. If a test here fails, the format has
// changed, and old backups cannot be read: the file is never the one to give in.
std::string golden() {
    const auto text = read_small_file(COFRE_TEST_DATA_DIR "/objects-manifest-v1.json", 1'000'000);
    EXPECT_TRUE(text);
    return text ? *text : std::string();
}

TEST(GoldenManifest, IsWrittenByteForByte) {
    auto header = sample_header();
    EXPECT_EQ(*write_manifest(header, sample_entries(), sample_errors()), golden());
}

TEST(GoldenManifest, IsRead) {
    const auto status = check_manifest_text(golden());
    EXPECT_TRUE(status) << status.error().message();
}

TEST(GoldenManifest, IsRefusedIfCutAnywhere) {
    const std::string text = golden();
    for (std::size_t length = 0; length < text.size(); ++length) {
        EXPECT_EQ(check_manifest_text(text.substr(0, length)).error().code(), ErrorCode::kCorruption) << length;
    }
}

// Fault F46.
TEST(GoldenManifest, IsRefusedIfAnyByteIsFlipped) {
    const std::string text = golden();
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const unsigned mask : {0x01U, 0x20U, 0xFFU}) {
            std::string changed = text;
            changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ mask);
            const auto status = check_manifest_text(changed);
            ASSERT_FALSE(status) << "byte " << i;
            // Of all bytes only the version's can make it look newer.
            const bool looks_newer = status.error().code() == ErrorCode::kUnsupported;
            EXPECT_TRUE(looks_newer ? i == kVersionStart.size() : status.error().code() == ErrorCode::kCorruption);
        }
    }
}

TEST(GoldenManifest, IsRefusedWithALineMoreLessOrElsewhere) {
    const std::string text = golden();
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < text.size();) {
        const auto end = text.find('\n', from) + 1;
        lines.push_back(text.substr(from, end - from));
        from = end;
    }
    const auto join = [](const std::vector<std::string>& parts) {
        std::string all;
        for (const auto& part : parts)
            all += part;
        return all;
    };
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto without = lines;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(check_manifest_text(join(without))) << i;
        auto twice = lines;
        twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
        EXPECT_FALSE(check_manifest_text(join(twice))) << i;
        if (i + 1 == lines.size()) continue;
        auto swapped = lines;
        std::swap(swapped[i], swapped[i + 1]);
        EXPECT_FALSE(check_manifest_text(join(swapped))) << i;
    }
    EXPECT_FALSE(check_manifest_text(text + "\n"));
    EXPECT_FALSE(check_manifest_text("\n" + text));
}

}  // namespace
}  // namespace cofre::objects
