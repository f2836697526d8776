#include "objects/manifest_builder.h"

#include <span>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/testing/file_size_limit.h"
#include "objects/manifest_reader.h"
#include "objects/testing/sample_manifest.h"

namespace cofre::objects {
namespace {

using Json = nlohmann::json;

Result<ManifestBuilder> builder_in(const TempDir& folder) {
    return ManifestBuilder::create(folder.path());
}

TEST(ManifestBuilder, WritesOneValidJsonDocument) {
    auto header = sample_header();
    const auto text = write_manifest(header, sample_entries(), sample_errors());
    ASSERT_TRUE(text);
    const Json json = Json::parse(*text);
    EXPECT_EQ(json["cofre_manifest"], 1);
    EXPECT_EQ(json["files"].size(), 7U);
    EXPECT_EQ(json["errors"].size(), 2U);
    EXPECT_TRUE(check_manifest_text(*text));
}

TEST(ManifestBuilder, CompletesTheHeader) {
    auto header = sample_header();
    ASSERT_TRUE(write_manifest(header, sample_entries(), sample_errors()));
    EXPECT_EQ(header.entries, 7U);
    EXPECT_EQ(header.summary.files, 4U);
    EXPECT_EQ(header.summary.bytes, 3 * 12'345U);
    EXPECT_EQ(header.summary.errors, 2U);
    EXPECT_EQ(header.summary.uploaded_files, 2U);
}

TEST(ManifestBuilder, WritesEmptyLists) {
    auto header = sample_header();
    const auto text = write_manifest(header, {}, {});
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->ends_with("\"files\":[\n],\"errors\":[\n]}\n"));
    EXPECT_TRUE(check_manifest_text(*text));
}

TEST(ManifestBuilder, RefusesPathsOutOfOrder) {
    const auto folder = TempDir::create("cofre-builder-");
    for (const char* second : {"b", "a/x", "a", "B"}) {
        auto builder = builder_in(*folder);
        ASSERT_TRUE(builder->add(sample_folder("b")));
        const auto status = builder->add(sample_folder(second));
        ASSERT_FALSE(status) << second;
        EXPECT_EQ(status.error().code(), ErrorCode::kInternal);
    }
}

TEST(ManifestBuilder, OrdersPathsByBytes) {
    const auto folder = TempDir::create("cofre-builder-");
    auto builder = builder_in(*folder);
    for (const char* path : {"A", "a", "a-b", "a/x", "aa", "\xC3\xA9", "\xFF"}) {
        EXPECT_TRUE(builder->add(sample_folder(path))) << path;
    }
}

TEST(ManifestBuilder, RefusesWhatAReaderWouldRefuse) {
    const auto folder = TempDir::create("cofre-builder-");
    auto builder = builder_in(*folder);
    EXPECT_FALSE(builder->add(sample_folder("../up")));
    EXPECT_FALSE(builder->add(sample_folder("")));
    auto lost = sample_file("a");
    lost.stored.key.clear();
    EXPECT_FALSE(builder->add(lost));
    EXPECT_EQ(builder->add(sample_folder(std::string(300'000, 'n'))).error().code(), ErrorCode::kInvalidArgument);

    auto header = sample_header();
    header.sources.assign(2'000, std::string(4'000, 's'));
    EXPECT_EQ(builder->finish(header).error().code(), ErrorCode::kInvalidArgument);
}

TEST(ManifestBuilder, ReadsItsOwnDocumentBeforeAnyoneElseDoes) {
    const auto folder = TempDir::create("cofre-builder-");
    auto builder = builder_in(*folder);
    auto entry = sample_file("a");
    entry.stored.key = "\xFF";
    ASSERT_TRUE(builder->add(entry));
    auto header = sample_header();
    EXPECT_EQ(builder->finish(header).error().code(), ErrorCode::kInternal);
}

TEST(ManifestBuilder, CutsMessagesThatNobodyWouldRead) {
    auto header = sample_header();
    const auto text = write_manifest(header, {}, {{"a", std::string(1'000'000, 'm')}});
    ASSERT_TRUE(text);
    EXPECT_LT(text->size(), 20'000U);
    EXPECT_TRUE(check_manifest_text(*text));
}

TEST(ManifestBuilder, AllowsErrorsAboutTheRoot) {
    auto header = sample_header();
    const auto text = write_manifest(header, {}, {{".", "gone"}, {"/abs", "gone"}});
    ASSERT_TRUE(text);
    EXPECT_TRUE(check_manifest_text(*text));
}

TEST(ManifestBuilder, CanBeReadFromAnyOffset) {
    const auto folder = TempDir::create("cofre-builder-");
    auto builder = builder_in(*folder);
    for (const auto& entry : sample_entries())
        ASSERT_TRUE(builder->add(entry));
    for (const auto& error : sample_errors())
        ASSERT_TRUE(builder->add_error(error));
    auto header = sample_header();
    const auto document = builder->finish(header);
    ASSERT_TRUE(document);
    const auto whole = read_all(**document);
    for (std::size_t from = 0; from <= whole->size(); from += 7) {
        std::string part(std::min<std::size_t>(501, whole->size() - from), '\0');
        ASSERT_TRUE((*document)->read_at(from, std::as_writable_bytes(std::span(part))));
        EXPECT_EQ(part, whole->substr(from, part.size()));
    }
}

TEST(ManifestBuilder, LeavesNoFileBehind) {
    const auto folder = TempDir::create("cofre-builder-");
    auto builder = builder_in(*folder);
    ASSERT_TRUE(builder->add(sample_folder("a")));
    EXPECT_TRUE(std::filesystem::is_empty(folder->path()));
}

TEST(ManifestBuilder, NeedsItsFolder) {
    const auto folder = TempDir::create("cofre-builder-");
    EXPECT_EQ(ManifestBuilder::create(folder->path() / "none").error().code(), ErrorCode::kNotFound);
}

// Fault F39.
TEST(ManifestBuilder, ReportsAFullDisk) {
    const auto folder = TempDir::create("cofre-builder-");
    auto builder = builder_in(*folder);
    const FileSizeLimit full(1'000'000);
    Status status;
    for (int i = 100'000; status && i < 200'000; ++i)
        status = builder->add(sample_folder(std::to_string(i)));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kResourceExhausted);
}

TEST(ManifestBuilder, ReportsADiskThatIsFullAtTheEnd) {
    const auto folder = TempDir::create("cofre-builder-");
    auto builder = builder_in(*folder);
    ASSERT_TRUE(builder->add(sample_folder("a")));
    const FileSizeLimit full(10);
    auto header = sample_header();
    EXPECT_EQ(builder->finish(header).error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace cofre::objects
