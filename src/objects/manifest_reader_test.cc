#include "objects/manifest_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "crypto/digest.h"
#include "objects/document_reader.h"
#include "objects/manifest_layout.h"
#include "objects/testing/sample_manifest.h"
#include "store/memory_store.h"

namespace cofre::objects {
namespace {

class ManifestReaderTest : public ::testing::Test {
protected:
    Result<ManifestReader> open(const std::string& text) {
        const auto key = *store::ObjectKey::parse("m");
        EXPECT_TRUE(store_.put({}, key, SpanSource(text), {}));
        return ManifestReader::open(store_, {}, key, folder_->path());
    }
    static std::string sample() {
        auto header = sample_header();
        return *write_manifest(header, sample_entries(), sample_errors());
    }
    /// A document whose digests are right, whatever its lines are.
    static std::string with_lines(const std::string& rest, std::uint64_t entries) {
        auto header = sample_header();
        header.entries = entries;
        header.entries_sha256 = crypto::sha256(rest);
        return encode_header(header) + "\n" + rest;
    }
    static std::vector<std::string> paths(ManifestReader& reader) {
        std::vector<std::string> all;
        for (;;) {
            auto entry = reader.next();
            EXPECT_TRUE(entry);
            if (!entry || !*entry) return all;
            all.push_back((*entry)->path);
        }
    }

    store::MemoryStore store_;
    Result<TempDir> folder_ = TempDir::create("cofre-reader-");
};

TEST_F(ManifestReaderTest, GivesEveryEntryInOrder) {
    auto reader = open(sample());
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(reader->header().id, "0123456789abcdef");
    std::vector<std::string> expected;
    for (const auto& entry : sample_entries())
        expected.push_back(entry.path);
    EXPECT_EQ(paths(*reader), expected);
    EXPECT_FALSE(reader->next()->has_value());
    ASSERT_TRUE(reader->rewind());
    EXPECT_EQ(paths(*reader), expected);
}

TEST_F(ManifestReaderTest, GivesErrorsAtAnyTime) {
    auto reader = open(sample());
    ASSERT_TRUE(reader);
    ASSERT_TRUE(reader->next());
    std::vector<std::string> seen;
    ASSERT_TRUE(reader->read_errors([&](const ManifestError& error) {
        seen.push_back(error.path);
        return Status();
    }));
    EXPECT_EQ(seen, (std::vector<std::string>{"var/locked", "b\xFF"}));
    EXPECT_EQ((*reader->next())->path, sample_entries()[1].path);
    const auto status =
        reader->read_errors([](const ManifestError&) { return Status(Error(ErrorCode::kCancelled, "enough")); });
    EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
}

TEST_F(ManifestReaderTest, SurvivesAMove) {
    auto first = open(sample());
    ASSERT_TRUE(first);
    ManifestReader second = *std::move(first);
    EXPECT_EQ(paths(second).size(), 7U);
}

TEST_F(ManifestReaderTest, TellsWhatIsWrong) {
    EXPECT_EQ(ManifestReader::open(store_, {}, *store::ObjectKey::parse("none"), folder_->path()).error().code(),
              ErrorCode::kNotFound);
    EXPECT_EQ(open("").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(open("hello\n").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(open("{\"cofre_manifest\":2}\n").error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(open(std::string(5'000'000, 'x')).error().code(), ErrorCode::kCorruption);
    EXPECT_TRUE(std::filesystem::is_empty(folder_->path()));
}

TEST_F(ManifestReaderTest, TrustsNoDigestAboutOrderAndCount) {
    const std::string a = encode_entry(sample_folder("a"));
    const std::string b = encode_entry(sample_folder("b"));
    const std::string end = "],\"errors\":[\n]}\n";
    EXPECT_TRUE(open(with_lines(a + ",\n" + b + "\n" + end, 2)));
    EXPECT_FALSE(open(with_lines(b + ",\n" + a + "\n" + end, 2)));
    EXPECT_FALSE(open(with_lines(a + ",\n" + a + "\n" + end, 2)));
    EXPECT_FALSE(open(with_lines(a + ",\n" + b + "\n" + end, 3)));
}

TEST_F(ManifestReaderTest, TrustsNoDigestAboutTheGrammar) {
    const std::string a = encode_entry(sample_folder("a"));
    const std::string b = encode_entry(sample_folder("b"));
    const std::string end = "],\"errors\":[\n]}\n";
    const std::vector<std::string> documents = {
        "",
        "\n",
        end + "x",
        end + "\n",
        "],\"errors\":[\n]}",
        "],\"errors\":[ \n]}\n",
        "]}\n",
        a + "\n" + b + "\n" + end,
        a + ",\n" + b + ",\n" + end,
        a + ",,\n" + b + "\n" + end,
        a + "\n",
        "\n" + a + "\n" + end,
        "{}\n" + end,
        encode_entry(sample_folder("..")) + "\n" + end,
        "],\"errors\":[\n{}\n]}\n",
        "],\"errors\":[\n" + encode_error({"a", "b"}) + ",\n]}\n",
        std::string(1'000'000, ' ') + "\n" + end,
    };
    for (const auto& rest : documents) {
        for (const std::uint64_t count : {0U, 1U, 2U}) {
            const auto reader = open(with_lines(rest, count));
            ASSERT_FALSE(reader) << rest.substr(0, 200);
            EXPECT_EQ(reader.error().code(), ErrorCode::kCorruption);
        }
    }
}

TEST_F(ManifestReaderTest, ReadsMoreThanOneBufferFull) {
    std::vector<ManifestEntry> entries;
    for (int i = 100'000; i < 105'000; ++i)
        entries.push_back(sample_file("f" + std::to_string(i)));
    entries[2'000].user = std::string(150'000, 'u');
    auto header = sample_header();
    auto reader = open(*write_manifest(header, entries, sample_errors()));
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(paths(*reader).size(), 5'000U);
}

TEST(LineReader, KnowsWhereItIs) {
    const SpanSource source(std::string_view("one\n\nthree\nrest"));
    LineReader lines(source, 0);
    EXPECT_EQ(*lines.next(10), "one");
    EXPECT_EQ(lines.offset(), 4U);
    EXPECT_EQ(*lines.next(10), "");
    EXPECT_EQ(*lines.next(5), "three");
    EXPECT_FALSE(lines.at_end());
    EXPECT_EQ(lines.next(10).error().message(), "read manifest: it is cut short");

    LineReader later(source, 5);
    EXPECT_EQ(later.next(4).error().message(), "read manifest: a line is too long");
}

}  // namespace
}  // namespace cofre::objects
