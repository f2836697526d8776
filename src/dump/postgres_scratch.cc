#include "dump/postgres_scratch.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include <pwd.h>
#include <stdlib.h>  // mkdtemp
#include <unistd.h>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/subprocess.h"
#include "base/task_group.h"
#include "base/utf8.h"
#include "dump/postgres_client.h"
#include "dump/postgres_connection.h"

namespace cofre::dump {
namespace {

constexpr std::chrono::seconds kStartLimit{60};
constexpr std::chrono::seconds kEndLimit{5};
constexpr std::chrono::milliseconds kStartPause{20};
constexpr std::size_t kMaxSocketPath = 80;  // sun_path holds 108 bytes, with "/.s.PGSQL.5432".

struct SystemUser {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
};

std::optional<SystemUser> find_system_user(const char* name) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return std::nullopt;
    return SystemUser{name, found->pw_uid, found->pw_gid};
}

/// PostgreSQL refuses to run as root.
Result<std::optional<SystemUser>> unprivileged_user() {
    if (::geteuid() != 0) return std::optional<SystemUser>();
    for (const char* name : {"postgres", "nobody"}) {
        if (auto user = find_system_user(name)) return user;
    }
    return Error(ErrorCode::kUnsupported, "run a throw-away PostgreSQL server: there is no user postgres or nobody")
        .with_hint("run this as another user than root");
}

/// A folder that dies with it, whoever's the files are by then.
class OwnedFolder {
public:
    static Result<OwnedFolder> create(const std::filesystem::path& parent, const std::optional<SystemUser>& user) {
        std::string path = (parent / "pg-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) return Error::from_errno(errno, "create a folder in " + parent.string());
        OwnedFolder folder(path);
        if (user && ::chown(path.c_str(), user->uid, user->gid) != 0) return Error::from_errno(errno, "chown " + path);
        return folder;
    }
    OwnedFolder(OwnedFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    OwnedFolder& operator=(OwnedFolder&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }
    ~OwnedFolder() {
        std::error_code error;
        if (!path_.empty()) std::filesystem::remove_all(path_, error);
        if (error) log_warning("dump", "remove " + path_.string() + ": " + error.message());
    }
    const std::filesystem::path& path() const { return path_; }

private:
    explicit OwnedFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

class PostgresScratch final : public ScratchServer {
public:
    PostgresScratch(PostgresClient programs, std::optional<SystemUser> user, OwnedFolder folder)
        : programs_(std::move(programs)), user_(std::move(user)), folder_(std::move(folder)) {
        address_.engine = Engine::kPostgres;
        address_.host = folder_.path().string();
        address_.port = 5432;
        address_.user = "postgres";
        address_.options["connect_timeout"] = "10";
    }

    ~PostgresScratch() override { end_sessions(); }
    PostgresScratch(const PostgresScratch&) = delete;
    PostgresScratch& operator=(const PostgresScratch&) = delete;

    Status start(const CallContext& ctx);
    const DatabaseAddress& address() const override { return address_; }
    const std::string& version() const override { return version_; }

private:
    Command command_for(std::vector<std::string> argv) const;
    Status initialize(const CallContext& ctx) const;
    Status wait_until_it_answers(const CallContext& ctx);
    void end_sessions() const;
    std::string data() const { return (folder_.path() / "data").string(); }

    const PostgresClient programs_;
    const std::optional<SystemUser> user_;
    const OwnedFolder folder_;
    DatabaseAddress address_;
    std::string version_;
    Guarded<std::optional<std::string>> ending_;  ///< Set when the server has ended.
    TaskGroup group_;                             // Last: stopped before the folder goes.
};

/// As the unprivileged user, killed by the kernel if this process dies.
Command PostgresScratch::command_for(std::vector<std::string> argv) const {
    Command command;
    command.argv = {"setpriv", "--pdeathsig", "KILL"};
    if (user_) {
        const std::array more = {"--reuid=" + std::to_string(user_->uid), "--regid=" + std::to_string(user_->gid),
                                 std::string("--clear-groups"), std::string("--inh-caps=-all")};
        command.argv.insert(command.argv.end(), more.begin(), more.end());
    }
    command.argv.emplace_back("--");
    command.argv.insert(command.argv.end(), argv.begin(), argv.end());
    command.environment = postgres_environment(DatabaseAddress());
    command.environment["HOME"] = folder_.path().string();
    command.working_directory = folder_.path();
    return command;
}

Status PostgresScratch::initialize(const CallContext& ctx) const {
    const auto command =
        command_for({programs_.program("initdb"), "--pgdata=" + data(), "--auth=trust", "--username=postgres",
                     "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"});
    COFRE_ASSIGN(const auto result, run_command(ctx, command, {}));
    if (result.status.ok()) return {};
    return Error(ErrorCode::kInternal,
                 "initdb: " + result.status.describe() + ": " + escape_controls(result.error_output))
        .with_hint("the folder must be one that user " + (user_ ? user_->name : std::string("you")) + " can enter");
}

Status PostgresScratch::wait_until_it_answers(const CallContext& ctx) {
    const CallContext limited{ctx.stop, std::min(ctx.deadline, system_clock().now() + kStartLimit)};
    for (;;) {
        auto session = open_postgres(limited, address_, "postgres");
        if (session) {
            version_ = "PostgreSQL " + (*session)->version();
            return {};
        }
        if (session.error().code() != ErrorCode::kUnavailable) return std::move(session).error();
        const auto ending = ending_.with([](const auto& text) { return text; });
        if (ending) return Error(ErrorCode::kInternal, "the server ended at once: " + *ending);
        COFRE_TRY(system_clock().sleep(limited, kStartPause));
    }
}

/// Or the server, which is told to stop by SIGTERM, would wait for them.
void PostgresScratch::end_sessions() const {
    if (version_.empty()) return;
    const CallContext limited{{}, system_clock().now() + kEndLimit};
    auto session = open_postgres(limited, address_, "postgres");
    if (!session) return;
    (void)(*session)->query(limited,
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
}

Status PostgresScratch::start(const CallContext& ctx) {
    COFRE_TRY(initialize(ctx));
    std::vector<std::string> argv = {programs_.program("postgres"), "-D", data()};
    for (const std::string setting :
         {"listen_addresses=", "port=5432", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
          "max_wal_size=4GB", "autovacuum=off", "jit=off", "logging_collector=off", "log_min_messages=fatal",
          "unix_socket_permissions=0700", "max_connections=100"}) {
        argv.insert(argv.end(), {"-c", setting});
    }
    argv.insert(argv.end(), {"-c", "unix_socket_directories=" + folder_.path().string()});
    group_.spawn([this, command = command_for(std::move(argv))](const std::stop_token& stop) -> Status {
        auto ended = run_command({stop}, command, {});
        ending_.with([&](auto& text) {
            text = ended ? ended->status.describe() + ": " + escape_controls(ended->error_output)
                         : ended.error().message();
        });
        return {};
    });
    return wait_until_it_answers(ctx);
}

}  // namespace

Result<std::unique_ptr<ScratchServer>> start_postgres_scratch(const CallContext& ctx, const ScratchOptions& options) {
    const auto wanted = parse_postgres_version(options.server_version);
    COFRE_ASSIGN(auto programs, find_postgres_client(ctx, {.server_major = wanted ? wanted->major : 0,
                                                           .program = "postgres",
                                                           .package = "postgresql"}));
    COFRE_ASSIGN(auto user, unprivileged_user());
    COFRE_ASSIGN(auto folder, OwnedFolder::create(options.parent, user));
    if (folder.path().string().size() > kMaxSocketPath) {
        return Error(ErrorCode::kInvalidArgument, "the path is too long for a socket: " + folder.path().string())
            .with_hint("choose a folder with a shorter path");
    }
    auto server = std::make_unique<PostgresScratch>(std::move(programs), std::move(user), std::move(folder));
    if (Status started = server->start(ctx); !started) {
        return std::move(started).error().context("start a throw-away PostgreSQL server");
    }
    return std::unique_ptr<ScratchServer>(std::move(server));
}

}  // namespace cofre::dump
