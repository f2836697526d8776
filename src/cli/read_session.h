#pragma once

/// @file
/// What commands that read snapshots begin with.

#include <memory>
#include <string>

#include "cli/repository_session.h"

namespace cofre::cli {

/// A repository with its snapshots and its index.
struct ReadSession {
    std::unique_ptr<RepositorySession> session;
    SnapshotList list;

    repo::Repository& repository() const { return session->repository(); }
};

/// Locks, lists snapshots, loads the index, and warns of snapshots that cannot
/// be read. Errors of RepositorySession.
Result<ReadSession> open_for_reading(const App& app, const RepoAccessOptions& access);
/// The same where the place is open already.
Result<ReadSession> open_for_reading_at(const App& app, OpenPlace place, const RepoAccessOptions& access);

/// A snapshot, and the tree that is meant by what follows ':'.
struct ChosenTree {
    const repo::ListedSnapshot* snapshot = nullptr;  ///< In the session's list.
    repo::Id tree;
    /// Only this entry of `tree` is meant; empty: all of it. choose_restorable() only.
    std::string only = {};
};

/// "latest", "a1b2c3d4" or "a1b2c3d4:/a/folder"; `filter` is for "latest".
/// kCorruption: the snapshot has no tree.
Result<ChosenTree> choose_tree(const App& app, const ReadSession& reading, const std::string& text,
                               const SnapshotFilterOptions& filter);

/// The same, and what follows ':' may be a file, too.
Result<ChosenTree> choose_restorable(const App& app, const ReadSession& reading, const std::string& text,
                                     const SnapshotFilterOptions& filter);

}  // namespace cofre::cli
