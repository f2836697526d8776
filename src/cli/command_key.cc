// `key list|add|remove|passwd`: the passwords of a repository.
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "cli/repository_session.h"

namespace cofre::cli {
namespace {

using KeyJson = nlohmann::ordered_json;

constexpr SessionOptions kReadingKeys{.lock = LockNeed::kShared};
constexpr SessionOptions kChangingKeys{.lock = LockNeed::kShared, .will_write = true};
constexpr SessionOptions kRemovingKeys{.lock = LockNeed::kExclusive, .will_write = true};

std::string created_text(const std::string& written) {
    return written.size() < 19 ? escape_for_display(written)
                               : escape_for_display(written.substr(0, 10) + " " + written.substr(11, 8));
}

Status list_keys(const App& app, const KeyListOptions& options) {
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, kReadingKeys));
    auto& repository = session->repository();
    COFRE_ASSIGN(const auto keys, repository.list_keys(app.ctx));
    KeyJson all = KeyJson::array();
    app.console.print(fmt::format(" {:<8}  {:<12}  {:<16}  {}", "ID", "User", "Host", "Created"));
    for (const auto& key : keys) {
        const bool is_current = key.id == repository.key_id();
        all.push_back({{"current", is_current},
                       {"id", key.id.hex()},
                       {"userName", key.info.username},
                       {"hostName", key.info.hostname},
                       {"created", key.info.created}});
        app.console.print(fmt::format("{}{:<8}  {:<12}  {:<16}  {}", is_current ? '*' : ' ', key.id.short_hex(),
                                      escape_for_display(key.info.username), escape_for_display(key.info.hostname),
                                      created_text(key.info.created)));
    }
    app.console.print_json(all.dump(-1, ' ', false, KeyJson::error_handler_t::replace));
    return session->close();
}

void tell_key(const App& app, std::string_view type, const repo::Id& id, const std::string& line) {
    app.console.note(line);
    app.console.print_json(KeyJson({{"message_type", type}, {"id", id.hex()}}).dump());
}

Status add_key(const App& app, const KeyAddOptions& options) {
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, kChangingKeys));
    COFRE_ASSIGN(const auto password, new_password(app, options.new_password_file));
    COFRE_TRY(session->may_write()());
    COFRE_ASSIGN(const auto id, session->repository().add_key(app.ctx, password));
    tell_key(app, "key_added", id, "added key " + id.short_hex());
    return session->close();
}

Status remove_key(const App& app, const KeyRemoveOptions& options) {
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, kRemovingKeys));
    auto& repository = session->repository();
    COFRE_ASSIGN(const auto id, repository.find(app.ctx, repo::FileKind::kKey, options.id));
    COFRE_TRY(session->may_write()());
    COFRE_TRY(repository.remove_key(app.ctx, id));
    tell_key(app, "key_removed", id, "removed key " + id.short_hex());
    return session->close();
}

/// The new key is proven to open before the old one goes: through a session of
/// its own, which may then remove it.
Status change_password(const App& app, const KeyPasswdOptions& options) {
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, kRemovingKeys));
    auto& old = session->repository();
    COFRE_ASSIGN(const auto password, new_password(app, options.new_password_file));
    COFRE_TRY(session->may_write()());
    COFRE_ASSIGN(const auto id, old.add_key(app.ctx, password));
    auto reopened = repo::Repository::open(app.ctx, old.store(), app.clock, password, old.options());
    if (!reopened) return std::move(reopened).error().context("the new key does not open; the old one stays");
    COFRE_TRY(session->may_write()());
    COFRE_TRY((*reopened)->remove_key(app.ctx, old.key_id()));
    tell_key(app, "key_changed", id, "the password is changed; its key is " + id.short_hex());
    return session->close();
}

int key_status(const App& app, const Status& status) {
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace

int run_command(const App& app, const KeyListOptions& options) {
    return key_status(app, list_keys(app, options));
}

int run_command(const App& app, const KeyAddOptions& options) {
    return key_status(app, add_key(app, options));
}

int run_command(const App& app, const KeyRemoveOptions& options) {
    return key_status(app, remove_key(app, options));
}

int run_command(const App& app, const KeyPasswdOptions& options) {
    return key_status(app, change_password(app, options));
}

}  // namespace cofre::cli
