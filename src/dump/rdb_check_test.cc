#include "dump/rdb_check.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "dump/mongo_archive.h"

namespace cofre::dump {
namespace {

std::string number_bytes_of(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>((value >> (8U * static_cast<unsigned>(i))) & 0xffU);
    return text;
}

std::string small_rdb() {
    const std::string body = std::string("REDIS0010\xfe", 10) + std::string(1, '\0') + "\xff";
    return body + number_bytes_of(crc64_jones(0, as_bytes(body)), 8);
}

Result<std::string> checked_rdb(const std::string& bytes, std::size_t step) {
    RdbCheck check;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += step)
        check.feed(as_bytes(bytes.substr(at, step)), out);
    COFRE_TRY(check.finish(out));
    return out;
}

// From redis/src/crc64.c, crc64Test().
TEST(RdbCheck, ComputesTheChecksumOfRedis) {
    EXPECT_EQ(crc64_jones(0, as_bytes("123456789")), 0xe9c6d914c4b8d9caULL);
}

TEST(RdbCheck, TakesOffTheMarkOfADisklessTransfer) {
    const std::string rdb = small_rdb();
    for (const std::size_t step : {1UL, 5UL, 1000UL}) {
        EXPECT_EQ(*checked_rdb(rdb, step), rdb);
        EXPECT_EQ(*checked_rdb(rdb + std::string(40, 'a'), step), rdb);
    }
}

TEST(RdbCheck, RefusesEveryFlippedByteAndEveryCut) {
    const std::string rdb = small_rdb();
    for (std::size_t i = 0; i < rdb.size(); ++i) {
        std::string broken = rdb;
        broken[i] = static_cast<char>(broken[i] ^ 0x11);
        EXPECT_FALSE(checked_rdb(broken, 3)) << i;
        EXPECT_FALSE(checked_rdb(rdb.substr(0, i), 3)) << i;
    }
}

std::string small_archive() {
    const auto document = [](int size) {
        return number_bytes_of(static_cast<std::uint64_t>(size), 4) +
               std::string(static_cast<std::size_t>(size) - 4, 'x');
    };
    const std::string end = number_bytes_of(0xffffffff, 4);
    return number_bytes_of(0x8199e26d, 4) + document(20) + document(30) + document(31) + end + document(9) +
           document(100) + end;
}

TEST(MongoArchive, IsWalkedInPiecesOfAnySize) {
    const std::string archive = small_archive();
    for (const std::size_t step : {1UL, 7UL, 1000UL}) {
        MongoArchiveCheck check;
        for (std::size_t at = 0; at < archive.size(); at += step)
            ASSERT_TRUE(check.feed(as_bytes(archive.substr(at, step))));
        EXPECT_TRUE(check.finish());
        EXPECT_EQ(check.collections(), 2U);
    }
}

TEST(MongoArchive, IsRefusedWhereverItIsCut) {
    const std::string archive = small_archive();
    const std::size_t prelude = 4 + 20 + 30 + 31 + 4;
    for (std::size_t size = 0; size < archive.size(); ++size) {
        if (size == prelude) continue;  // An archive of empty collections.
        MongoArchiveCheck check;
        const Status fed = check.feed(as_bytes(archive.substr(0, size)));
        EXPECT_FALSE(fed && check.finish()) << size;
    }
    MongoArchiveCheck check;
    EXPECT_FALSE(check.feed(as_bytes("-- PostgreSQL database dump")));
}

}  // namespace
}  // namespace cofre::dump
