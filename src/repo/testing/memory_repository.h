#pragma once

/// @file
/// A repository in memory whose stored bytes a test can look at and damage.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "repo/blob_writer.h"
#include "repo/repository.h"
#include "store/memory_store.h"

namespace cofre::repo::testing {

class MemoryRepository : public ::testing::Test {
protected:
    static RepositoryOptions cheap_options();

    std::unique_ptr<Repository> init(const RepositoryOptions& options = cheap_options());
    Result<std::unique_ptr<Repository>> open(const std::string& password = "password",
                                             const RepositoryOptions& options = cheap_options());

    std::vector<std::string> keys_below(const std::string& prefix);
    std::string stored(const std::string& key);
    void store_bytes(const std::string& key, const std::string& bytes);

    /// Writes a pack of each type and an index; the ids in `blobs`.
    struct Written {
        Id data;
        Id tree;
        std::string data_text;
        std::string tree_text;
    };
    Written write_some(Repository& repo);

    CallContext ctx_;
    cofre::testing::FakeClock clock_;
    store::MemoryStore store_;
};

/// Bytes that do not compress, the same for the same seed.
std::string random_text(std::size_t size, unsigned seed);

}  // namespace cofre::repo::testing
