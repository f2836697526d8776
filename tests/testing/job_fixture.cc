#include "testing/job_fixture.h"

#include <ostream>

#include <nlohmann/json.hpp>

namespace cofre::testing {

std::string to_string(Place place) {
    return place == Place::kFolder ? "Folder" : "S3";
}

std::ostream& operator<<(std::ostream& stream, Place place) {
    return stream << to_string(place);
}

void JobTest::SetUp() {
    auto folder = TempDir::create("cofre-job");
    ASSERT_TRUE(folder) << folder.error().message();
    folder_.emplace(*std::move(folder));
    cofre_.set_all(shared_rgw().environment());
}

const std::string& JobTest::bucket() {
    if (bucket_.empty()) bucket_ = fresh_bucket();
    return bucket_;
}

std::string JobTest::target(Place place) {
    return place == Place::kS3 ? s3_target() : "file://" + target_folder().string();
}

std::vector<std::string> JobTest::backup_command(const std::string& to, const std::vector<std::string>& more) const {
    std::vector<std::string> args = {"backup", source().string(), "--to", to, "--layout", "objects", "--json"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

ChildResult JobTest::backup(const std::string& to, const std::vector<std::string>& more) {
    return cofre_.run(backup_command(to, more));
}

ChildResult JobTest::restore(const std::string& from, const std::vector<std::string>& more) {
    std::vector<std::string> args = {"restore", "latest", "--from", from, "--target", restored().string(), "--json"};
    args.insert(args.end(), more.begin(), more.end());
    return cofre_.run(args);
}

ChildResult JobTest::verify(const std::string& from, const std::vector<std::string>& more) {
    std::vector<std::string> args = {"verify", "--from", from, "--json"};
    args.insert(args.end(), more.begin(), more.end());
    return cofre_.run(args);
}

nlohmann::json JobTest::summary_of(const ChildResult& result) {
    const auto documents = json_lines_of(result);
    if (documents.empty()) {
        ADD_FAILURE() << "no JSON on stdout: " << result.describe();
        return nullptr;
    }
    return documents.back();
}

void JobTest::expect_no_backup_in_bucket() {
    const auto keys = shared_rgw().keys(bucket());
    ASSERT_TRUE(keys) << keys.error().message();
    for (const std::string& key : *keys)
        EXPECT_EQ(key.find(".cofre.json"), std::string::npos) << key;
    const auto pending = shared_rgw().pending_uploads(bucket());
    ASSERT_TRUE(pending) << pending.error().message();
    EXPECT_EQ(pending->size(), 0U);
}

}  // namespace cofre::testing
