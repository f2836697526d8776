#include "dump/mysql_snapshot.h"

#include <utility>

#include "base/clock.h"
#include "dump/mysql_client.h"

namespace cofre::dump {
namespace {

// While it waits, the server makes every writer wait behind it.
constexpr int kLockWaitSeconds = 3;
constexpr std::chrono::seconds kLongestHold{15};

}  // namespace

BriefLock::BriefLock(db::MariadbSession holder, DatabaseAddress address) : address_(std::move(address)) {
    holder_.with([&](auto& slot) { slot.emplace(std::move(holder)); });
    watchdog_.spawn([this](const std::stop_token& stop) -> Status {
        if (system_clock().sleep({stop}, kLongestHold)) {
            holder_.with([](auto& slot) { slot.reset(); });
        }
        return {};
    });
}

Result<std::unique_ptr<BriefLock>> BriefLock::take(const CallContext& ctx, const DatabaseAddress& address) {
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, address, ""));
    COFRE_TRY(session.execute(ctx, "SET SESSION lock_wait_timeout = " + std::to_string(kLockWaitSeconds)));
    COFRE_TRY(session.execute(ctx, "FLUSH TABLES WITH READ LOCK"));
    return std::unique_ptr<BriefLock>(new BriefLock(std::move(session), address));
}

Result<std::optional<db::MariadbSession>> BriefLock::begin_snapshot(const CallContext& ctx) {
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, address_, ""));
    // It may have to wait for the end of a long dump before it is used.
    COFRE_TRY(session.execute(ctx, "SET SESSION wait_timeout = 604800"));
    COFRE_TRY(session.execute(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
    COFRE_TRY(session.execute(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT"));
    const bool was_held = holder_.with([](auto& slot) { return std::exchange(slot, std::nullopt).has_value(); });
    if (!was_held) return std::optional<db::MariadbSession>();
    return std::optional<db::MariadbSession>(std::move(session));
}

}  // namespace cofre::dump
