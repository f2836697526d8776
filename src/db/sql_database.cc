#include "db/sql_database.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/semaphore.h"
#include "db/sql_connection.h"

namespace cofre::db {
namespace {

constexpr int kAttempts = 3;
constexpr double kFirstPauseMs = 50;

/// So that two programs that stood in each other's way do not do so again.
std::chrono::milliseconds pause_after(int attempt) {
    std::random_device random;
    const double fraction = static_cast<double>(random()) / static_cast<double>(std::random_device::max());
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(kFirstPauseMs * static_cast<double>(1 << attempt) * (0.5 + fraction)));
}

}  // namespace

struct SqlDatabase::Impl {
    using Connections = std::vector<std::unique_ptr<SqlConnection>>;

    Impl(SqlUrl where, const SqlOptions& options)
        : url(std::move(where)), slots(std::max<std::size_t>(1, options.max_connections)) {}

    SqlUrl url;
    Semaphore slots;
    Guarded<Connections> idle;

    Result<std::unique_ptr<SqlConnection>> take(const CallContext& ctx) {
        auto connection = idle.with([](Connections& all) {
            std::unique_ptr<SqlConnection> last;
            if (!all.empty()) {
                last = std::move(all.back());
                all.pop_back();
            }
            return last;
        });
        if (connection) return connection;
        return SqlConnection::open(ctx, url);
    }

    void give_back(std::unique_ptr<SqlConnection> connection) {
        connection->rollback();
        if (connection->is_useless()) {
            // The others were made before the server went away, too.
            idle.with([](Connections& all) { return std::exchange(all, {}); });
            return;
        }
        idle.with([&](Connections& all) { all.push_back(std::move(connection)); });
    }

    Status attempt(const CallContext& ctx, SqlAccess access, const Work& work) {
        COFRE_ASSIGN(const auto slot, slots.acquire(1, ctx.stop));
        COFRE_ASSIGN(auto connection, take(ctx));
        struct GiveBack {
            Impl& owner;
            std::unique_ptr<SqlConnection>& connection;
            ~GiveBack() { owner.give_back(std::move(connection)); }
        } const back{*this, connection};
        COFRE_TRY(connection->begin(ctx, access));
        COFRE_TRY(work(*connection));
        return connection->commit();
    }
};

SqlDatabase::SqlDatabase(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqlDatabase::~SqlDatabase() = default;

Result<std::unique_ptr<SqlDatabase>> SqlDatabase::open(const CallContext& ctx, SqlUrl url, SqlOptions options) {
    if (url.engine == SqlEngine::kSqlite) COFRE_TRY(prepare_sqlite_file(url, options.create));
    auto impl = std::make_unique<Impl>(std::move(url), options);
    std::unique_ptr<SqlDatabase> database(new SqlDatabase(std::move(impl)));
    // Once: somebody may wait for a program that can do without it.
    COFRE_TRY(database->impl_->attempt(ctx, SqlAccess::kRead, [](SqlTransaction&) -> Status { return {}; }));
    return database;
}

Status SqlDatabase::transact(const CallContext& ctx, SqlAccess access, const Work& work) {
    for (int attempt = 1;; ++attempt) {
        auto status = impl_->attempt(ctx, access, work);
        if (status || !status.error().is_retryable() || attempt == kAttempts) return status;
        COFRE_TRY(system_clock().sleep(ctx, pause_after(attempt)));
    }
}

SqlEngine SqlDatabase::engine() const {
    return impl_->url.engine;
}

const SqlUrl& SqlDatabase::url() const {
    return impl_->url;
}

}  // namespace cofre::db
