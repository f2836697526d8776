#pragma once

/// @file
/// Where a backup's blobs go: into packs, or nowhere.

#include <functional>
#include <span>
#include <unordered_set>

#include "base/guarded.h"
#include "base/result.h"
#include "repo/blob_writer.h"
#include "repo/repository.h"

namespace cofre::backup {

/// Thread-safe.
class TreeSink {
public:
    virtual ~TreeSink() = default;
    virtual Result<repo::SavedBlob> save(repo::BlobType type, std::span<const std::byte> bytes) = 0;
};

class WritingSink final : public TreeSink {
public:
    explicit WritingSink(repo::BlobWriter& writer) : writer_(writer) {}
    Result<repo::SavedBlob> save(repo::BlobType type, std::span<const std::byte> bytes) override {
        return writer_.save(type, bytes);
    }

private:
    repo::BlobWriter& writer_;
};

/// For a dry run: hashes, and remembers what would be new (about 40 bytes for
/// each blob that is).
class CountingSink final : public TreeSink {
public:
    explicit CountingSink(repo::Repository& repository) : repository_(repository) {}
    Result<repo::SavedBlob> save(repo::BlobType type, std::span<const std::byte> bytes) override {
        const repo::Id id = repo::Id::of(bytes);
        const bool is_known =
            repository_.with_index([&](const repo::BlobIndex& index) { return index.contains(type, id); });
        return repo::SavedBlob{id, !is_known && seen_.with([&](auto& seen) { return seen.insert(id).second; })};
    }

private:
    repo::Repository& repository_;
    Guarded<std::unordered_set<repo::Id, repo::IdHash>> seen_;
};

}  // namespace cofre::backup
