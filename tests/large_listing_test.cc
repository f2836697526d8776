// A bucket with more objects than memory: listed page by page, in constant
// memory. COFRE_LIST_OBJECTS (default 100 000) says how many; `make soak` lists
// ten million.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "scripted_http.h"
#include "testing/cli_runner.h"
#include "testing/test_size.h"

namespace cofre::testing {
namespace {

constexpr std::uint64_t kPageObjects = 1000;
constexpr std::uint64_t kAllowedGrowthKib = 4096;

/// Resident memory of a process; 0: there is no such process.
std::uint64_t resident_kib(pid_t pid) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
    }
    return 0;
}

/// The page that begins at object `first`, as Amazon S3 writes it.
std::string page_from(std::uint64_t first, std::uint64_t total) {
    const std::uint64_t end = std::min(first + kPageObjects, total);
    std::string xml = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name>";
    xml += fmt::format("<IsTruncated>{}</IsTruncated>", end < total);
    if (end < total) xml += fmt::format("<NextContinuationToken>{}</NextContinuationToken>", end);
    for (std::uint64_t i = first; i < end; ++i) {
        xml += fmt::format(
            "<Contents><Key>year/{:012}/a-file-with-a-name-of-common-length.pdf</Key>"
            "<LastModified>2026-11-22T01:02:03.000Z</LastModified>"
            "<ETag>&quot;{:032x}&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
            i, i, i % 100'000);
    }
    return xml + "</ListBucketResult>";
}

/// Version 2 goes on with our own token, version 1 with the last key it saw.
std::uint64_t start_of_page(std::string_view query) {
    constexpr std::string_view kToken = "continuation-token=";
    constexpr std::string_view kMarker = "marker=year%2F";
    if (const auto at = query.find(kToken); at != std::string_view::npos) {
        return std::strtoull(query.data() + at + kToken.size(), nullptr, 10);
    }
    const auto at = query.find(kMarker);
    return at == std::string_view::npos ? 0 : std::strtoull(query.data() + at + kMarker.size(), nullptr, 10) + 1;
}

TEST(LargeListing, TakesConstantMemory) {
    const std::uint64_t total = number_from("COFRE_LIST_OBJECTS", 100'000);
    std::atomic<pid_t> client{0};
    std::atomic<std::uint64_t> early_kib{0};
    std::atomic<std::uint64_t> late_kib{0};
    std::atomic<std::uint64_t> pages{0};
    auto server = scripted::HttpServer::start(
        [](const scripted::Request&) { return scripted::WireFault{}; },
        [&](const scripted::Request& request) {
            const std::uint64_t first = start_of_page(request.query());
            ++pages;
            // A tenth has been listed: whatever is kept for each page shows by the end.
            if (first == total / 10) early_kib = resident_kib(client);
            if (first + kPageObjects >= total) late_kib = resident_kib(client);
            return scripted::Reply{.headers = {{"Content-Type", "application/xml"}}, .body = page_from(first, total)};
        });
    ASSERT_TRUE(server) << server.error().message();

    CliRunner cofre;
    cofre.set_all({{"AWS_ACCESS_KEY_ID", "AKIDLISTING"}, {"AWS_SECRET_ACCESS_KEY", "secret"}});
    cofre.set_all({{"AWS_ENDPOINT_URL", (*server)->url()}, {"AWS_REGION", "us-east-1"}});
    cofre.wrap({"sh", "-c", "exec \"$0\" \"$@\" > /dev/null"});
    auto run = cofre.start({"s3", "ls", "s3://bucket/", "--recursive"});
    ASSERT_TRUE(run) << run.error().message();
    client = run->pid();
    const auto result = run->wait(std::chrono::minutes(30));
    ASSERT_TRUE(result) << result.error().message();

    EXPECT_EQ(result->exit_code, 0) << result->describe();
    EXPECT_EQ(pages, (total + kPageObjects - 1) / kPageObjects);
    EXPECT_NE(result->err.find(fmt::format("{} objects", format_count(total))), std::string::npos)
        << result->describe();
    ASSERT_GT(early_kib, 0U);
    EXPECT_LT(late_kib, early_kib + kAllowedGrowthKib);
    RecordProperty("resident_kib", std::to_string(late_kib));
    std::printf("%llu objects; resident %llu KiB after a tenth, %llu KiB at the end\n",
                static_cast<unsigned long long>(total), static_cast<unsigned long long>(early_kib),
                static_cast<unsigned long long>(late_kib));
}

}  // namespace
}  // namespace cofre::testing
