#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "objects/manifest.h"
#include "objects/manifest_layout.h"
#include "objects/testing/sample_manifest.h"

namespace cofre::objects {
namespace {

using OrderedJson = nlohmann::ordered_json;

// The header with its fields changed and its digest made right again.
std::string with_fields(const std::function<void(OrderedJson&)>& change) {
    const std::string line = encode_header(sample_header());
    OrderedJson json = OrderedJson::parse(line + "]}");
    json.erase("cofre_manifest");
    json.erase("header_sha256");
    json.erase("files");
    change(json);
    std::string body = json.dump().substr(1);
    body.back() = ',';
    body += kHeaderEnd;
    return std::string(kHeaderStart) + crypto::sha256(body).hex() + std::string(kHeaderDigestEnd) + body;
}

TEST(EncodeHeader, IsReadBackAsItWas) {
    ManifestHeader header = sample_header();
    header.encryption = "age1x";
    header.entries = 3;
    header.entries_sha256 = crypto::sha256("entries");
    header.summary = {
        .files = 1, .bytes = 2, .uploaded_files = 3, .uploaded_bytes = 4, .skipped_special = 5, .errors = 6};
    const std::string line = encode_header(header);
    EXPECT_TRUE(OrderedJson::accept(line + "]}"));
    const auto decoded = decode_header(line);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(encode_header(*decoded), line);
    EXPECT_EQ(decoded->id, header.id);
    EXPECT_EQ(decoded->job, header.job);
    EXPECT_EQ(decoded->host, header.host);
    EXPECT_EQ(decoded->tool_version, header.tool_version);
    EXPECT_EQ(decoded->started_at, header.started_at);
    EXPECT_EQ(decoded->finished_at, header.finished_at);
    EXPECT_EQ(decoded->sources, header.sources);
    EXPECT_EQ(decoded->prefix, header.prefix);
    EXPECT_EQ(decoded->encryption, header.encryption);
    EXPECT_EQ(decoded->exit_status, header.exit_status);
    EXPECT_EQ(decoded->entries, header.entries);
    EXPECT_EQ(decoded->entries_sha256, header.entries_sha256);
    EXPECT_EQ(decoded->summary.files, 1U);
    EXPECT_EQ(decoded->summary.bytes, 2U);
    EXPECT_EQ(decoded->summary.uploaded_files, 3U);
    EXPECT_EQ(decoded->summary.uploaded_bytes, 4U);
    EXPECT_EQ(decoded->summary.skipped_special, 5U);
    EXPECT_EQ(decoded->summary.errors, 6U);
}

TEST(DecodeHeader, NoticesEveryChangedByte) {
    const std::string line = encode_header(sample_header());
    for (std::size_t i = 0; i < line.size(); ++i) {
        std::string changed = line;
        changed[i] = static_cast<char>(changed[i] ^ 0x01);
        EXPECT_FALSE(decode_header(changed)) << i;
        EXPECT_FALSE(decode_header(line.substr(0, i))) << i;
    }
}

TEST(DecodeHeader, TellsANewerVersionFromDamage) {
    for (const char* line : {"{\"cofre_manifest\":2,\"other\":[", "{\"cofre_manifest\":10}", "{\"cofre_manifest\":2"}) {
        const auto header = decode_header(line);
        ASSERT_FALSE(header);
        EXPECT_EQ(header.error().code(), ErrorCode::kUnsupported) << line;
        EXPECT_EQ(header.error().hint(), "install a newer cofre");
    }
    for (const char* line : {"", "{}", "{\"cofre_manifest\":0,", "{\"cofre_manifest\":1,\"files\":[",
                             "{\"cofre_manifest\":\"1\",", "{\"cofre_manifest\":-1,", "\xFF"}) {
        EXPECT_EQ(decode_header(line).error().code(), ErrorCode::kCorruption) << line;
    }
}

TEST(DecodeHeader, IgnoresFieldsOfLaterVersions) {
    EXPECT_TRUE(decode_header(with_fields([](OrderedJson&) {})));
    EXPECT_TRUE(decode_header(with_fields([](OrderedJson& json) { json["tags"] = {"a", "b"}; })));
    EXPECT_TRUE(decode_header(with_fields([](OrderedJson& json) { json["summary"]["more"] = 1; })));
}

TEST(DecodeHeader, DemandsEveryField) {
    for (const char* field : {"id", "job", "host", "tool_version", "started_at", "finished_at", "sources", "prefix",
                              "exit_status", "summary", "entries", "entries_sha256"}) {
        const auto header = decode_header(with_fields([&](OrderedJson& json) { json.erase(field); }));
        ASSERT_FALSE(header) << field;
        EXPECT_EQ(header.error().code(), ErrorCode::kCorruption);
    }
    EXPECT_FALSE(decode_header(with_fields([](OrderedJson& json) { json["summary"].erase("bytes"); })));
}

TEST(DecodeHeader, RefusesWrongValues) {
    const auto refuses = [](const char* field, const OrderedJson& value) {
        return !decode_header(with_fields([&](OrderedJson& json) { json[field] = value; }));
    };
    EXPECT_TRUE(refuses("id", "0123456789ABCDEF"));
    EXPECT_TRUE(refuses("id", "0123"));
    EXPECT_TRUE(refuses("sources", "x"));
    EXPECT_TRUE(refuses("sources", OrderedJson::array({1})));
    EXPECT_TRUE(refuses("sources", OrderedJson::array({OrderedJson::array({"a"})})));
    EXPECT_TRUE(refuses("sources_base64", OrderedJson::array({"YQ=="})));
    EXPECT_TRUE(refuses("sources_base64", OrderedJson::array({"a", "b"})));
    EXPECT_TRUE(refuses("exit_status", -1));
    EXPECT_TRUE(refuses("exit_status", 4'294'967'296));
    EXPECT_TRUE(refuses("entries", "many"));
    EXPECT_TRUE(refuses("summary", 1));
    EXPECT_TRUE(refuses("started_at", "now"));
}

}  // namespace
}  // namespace cofre::objects
