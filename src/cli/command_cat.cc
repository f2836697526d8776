// `cat` and `list`: what a repository holds inside.
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/repository_session.h"
#include "repo/object_bytes.h"
#include "repo/tree.h"
#include "source/path_parts.h"

namespace cofre::cli {
namespace {

using CatJson = nlohmann::ordered_json;

constexpr SessionOptions kCatSession{.lock = LockNeed::kShared};

Status print_bytes(std::span<const std::byte> bytes) {
    return write_all(STDOUT_FILENO, bytes, "standard output");
}

Status print_pretty(std::string_view json) {
    const auto parsed = CatJson::parse(json, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) return print_bytes(as_bytes(json));
    return print_bytes(as_bytes(parsed.dump(2, ' ', false, CatJson::error_handler_t::replace) + "\n"));
}

std::string master_key_json(const crypto::BoxKey& key) {
    return CatJson({{"mac", {{"k", base64_encode(key.mac_k())}, {"r", base64_encode(key.mac_r())}}},
                    {"encrypt", base64_encode(key.encrypt())}})
        .dump();
}

Status cat_pack(const App& app, repo::Repository& repository, const repo::Id& id) {
    auto got = repository.store().get(app.ctx, repository.layout().key(repo::FileKind::kPack, id), {},
                                      [](std::span<const std::byte> bytes) { return print_bytes(bytes); });
    if (!got) return std::move(got).error().context("pack " + id.short_hex());
    return {};
}

Result<repo::Id> blob_id(repo::Repository& repository, const std::string& text) {
    auto id = repo::Id::parse(text);
    if (id) return id;
    std::vector<repo::Id> found;
    repository.with_index([&](const repo::BlobIndex& index) {
        index.for_each([&](const repo::BlobPlace& place) {
            if (!text.empty() && place.blob.id.hex().starts_with(text)) found.push_back(place.blob.id);
        });
    });
    if (found.empty()) return Error(ErrorCode::kNotFound, "no blob with id " + escape_for_display(text));
    for (const auto& other : found) {
        if (other != found.front()) {
            return Error(ErrorCode::kConflict, "id " + escape_for_display(text) + " fits several blobs");
        }
    }
    return found.front();
}

Status cat_blob(const App& app, RepositorySession& session, const std::string& text) {
    COFRE_TRY(session.load_index());
    auto& repository = session.repository();
    COFRE_ASSIGN(const auto id, blob_id(repository, text));
    const bool is_data =
        repository.with_index([&](const repo::BlobIndex& index) { return index.contains(repo::BlobType::kData, id); });
    COFRE_ASSIGN(const auto bytes,
                 repository.load_blob(app.ctx, is_data ? repo::BlobType::kData : repo::BlobType::kTree, id));
    return print_bytes(bytes.bytes());
}

Result<repo::Id> subtree_of(const App& app, repo::Repository& repository, const repo::Id& tree, std::string_view name) {
    COFRE_ASSIGN(const auto text, repository.load_blob(app.ctx, repo::BlobType::kTree, tree));
    COFRE_ASSIGN(const auto nodes, repo::decode_tree(text.text()));
    for (const auto& node : nodes) {
        if (node.name == name && node.subtree) return *node.subtree;
    }
    return Error(ErrorCode::kNotFound, "the snapshot has no folder \"" + escape_for_display(name) + "\" there");
}

Status cat_tree(const App& app, RepositorySession& session, const std::string& text) {
    COFRE_ASSIGN(const auto name, repo::parse_snapshot_name(text));
    COFRE_ASSIGN(const auto list, session.load_snapshots());
    COFRE_ASSIGN(const auto place, repo::find_snapshot(list.snapshots, name, {}, zoned_now(app)));
    COFRE_TRY(session.load_index());
    const auto& snapshot = list.snapshots[place].snapshot;
    if (!snapshot.tree) return Error(ErrorCode::kCorruption, "the snapshot has no tree");
    repo::Id tree = *snapshot.tree;
    for (const std::string_view part : source::split_path(name.path)) {
        if (part.empty()) continue;
        COFRE_ASSIGN(tree, subtree_of(app, session.repository(), tree, part));
    }
    COFRE_ASSIGN(const auto bytes, session.repository().load_blob(app.ctx, repo::BlobType::kTree, tree));
    return print_bytes(bytes.bytes());
}

repo::FileKind kind_of(std::string_view what) {
    if (what == "snapshot" || what == "snapshots") return repo::FileKind::kSnapshot;
    if (what == "key" || what == "keys") return repo::FileKind::kKey;
    if (what == "lock" || what == "locks") return repo::FileKind::kLock;
    if (what == "pack" || what == "packs") return repo::FileKind::kPack;
    return repo::FileKind::kIndex;
}

Result<repo::Id> file_id(const App& app, RepositorySession& session, repo::FileKind kind, const std::string& text) {
    if (kind != repo::FileKind::kSnapshot || !text.starts_with("latest")) {
        return session.repository().find(app.ctx, kind, text);
    }
    COFRE_ASSIGN(const auto name, repo::parse_snapshot_name(text));
    COFRE_ASSIGN(const auto list, session.load_snapshots());
    COFRE_ASSIGN(const auto place, repo::find_snapshot(list.snapshots, name, {}, zoned_now(app)));
    return repo::Id::parse(list.snapshots[place].id);
}

Status cat_file(const App& app, RepositorySession& session, const CatOptions& options) {
    auto& repository = session.repository();
    const auto kind = kind_of(options.what);
    COFRE_ASSIGN(const auto id, file_id(app, session, kind, options.id));
    if (kind == repo::FileKind::kPack) return cat_pack(app, repository, id);
    if (kind == repo::FileKind::kKey) {  // The only kind that is not encrypted.
        COFRE_ASSIGN(const auto bytes, repo::read_object(app.ctx, repository.store(), repository.layout().key(kind, id),
                                                         repo::kMaxKeyFileBytes));
        return print_pretty(bytes.text());
    }
    COFRE_ASSIGN(const auto json, repository.load_unpacked(app.ctx, kind, id));
    return print_pretty(json.text());
}

Status cat_inside(const App& app, const CatOptions& options) {
    const bool needs_id = options.what != "config" && options.what != "masterkey";
    if (needs_id == options.id.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "cat " + options.what + (needs_id ? ": the id is missing" : ": takes no id"));
    }
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, kCatSession));
    Status done;
    if (options.what == "config") {
        done = print_pretty(repo::encode_repo_config(session->repository().config()));
    } else if (options.what == "masterkey") {
        done = print_pretty(master_key_json(session->repository().master_key()));
    } else if (options.what == "blob") {
        done = cat_blob(app, *session, options.id);
    } else if (options.what == "tree") {
        done = cat_tree(app, *session, options.id);
    } else {
        done = cat_file(app, *session, options);
    }
    COFRE_TRY(std::move(done));
    return session->close();
}

Status list_blobs(const App& app, RepositorySession& session) {
    COFRE_TRY(session.load_index());
    std::string text;
    session.repository().with_index([&text](const repo::BlobIndex& index) {
        index.for_each([&text](const repo::BlobPlace& place) {
            text += std::string(repo::to_string(place.blob.type)) + ' ' + place.blob.id.hex() + '\n';
        });
    });
    if (!app.console.json()) return print_bytes(as_bytes(text));
    CatJson all = CatJson::array();
    session.repository().with_index([&all](const repo::BlobIndex& index) {
        index.for_each([&all](const repo::BlobPlace& place) {
            all.push_back({{"type", repo::to_string(place.blob.type)}, {"id", place.blob.id.hex()}});
        });
    });
    app.console.print_json(all.dump());
    return {};
}

Status list_inside(const App& app, const ListOptions& options) {
    // Without a lock, so that locks can be listed while somebody is at work.
    const SessionOptions need{.lock = options.what == "locks" ? LockNeed::kNone : LockNeed::kShared};
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, need));
    if (options.what == "blobs") {
        COFRE_TRY(list_blobs(app, *session));
        return session->close();
    }
    COFRE_ASSIGN(const auto files, session->repository().list(app.ctx, kind_of(options.what)));
    CatJson all = CatJson::array();
    for (const auto& file : files) {
        app.console.print(file.id.hex());
        all.push_back({{"id", file.id.hex()}, {"size", file.size}});
    }
    app.console.print_json(all.dump());
    return session->close();
}

}  // namespace

int run_command(const App& app, const CatOptions& options) {
    const Status status = cat_inside(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

int run_command(const App& app, const ListOptions& options) {
    const Status status = list_inside(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
