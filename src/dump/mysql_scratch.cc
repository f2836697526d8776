#include "dump/mysql_scratch.h"

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "dump/mysql_client.h"
#include "dump/scratch_process.h"
#include "dump/tool_output.h"

namespace cofre::dump {
namespace {

// sockaddr_un::sun_path holds 108 bytes with its end.
constexpr std::size_t kLongestSocket = 100;
constexpr std::chrono::seconds kStartLimit{120};
constexpr std::chrono::milliseconds kPoll{100};

// A daemon's programs are in sbin, which is not in everybody's PATH.
std::optional<std::string> find_server_program(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        for (const char* folder : {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec"}) {
            std::error_code failed;
            const auto path = std::filesystem::path(folder) / name;
            if (std::filesystem::exists(path, failed)) return path.string();
        }
    }
    return std::nullopt;
}

class MysqlScratch final : public ScratchServer {
public:
    MysqlScratch(ScratchFolder folder, std::optional<TempDir> socket_folder)
        : folder_(std::move(folder)), socket_folder_(std::move(socket_folder)) {}

    const DatabaseAddress& address() const override { return address_; }
    const std::string& version() const override { return version_; }

    Status start(const CallContext& ctx, Engine engine, const ScratchUser& user, const std::string& program,
                 const std::string& socket) {
        Command command = as_scratch_user(
            user, {program, "--no-defaults", "--datadir=" + (folder_.path() / "data").string(), "--socket=" + socket,
                   "--pid-file=" + (folder_.path() / "pid").string(), "--skip-networking",
                   "--tmpdir=" + folder_.path().string(), "--innodb-flush-log-at-trx-commit=0",
                   "--innodb-doublewrite=0", "--skip-log-bin", "--max-allowed-packet=1G", "--local-infile=0",
                   "--secure-file-priv=" + folder_.path().string(), "--event-scheduler=OFF",
                   "--character-set-server=utf8mb4", "--loose-mysqlx=OFF"});
        command.working_directory = folder_.path();
        process_ = std::make_unique<ScratchProcess>(std::move(command));
        address_.engine = engine;
        address_.user = "root";
        address_.options["socket"] = socket;
        return wait_until_ready(ctx);
    }

private:
    Status wait_until_ready(const CallContext& ctx) {
        const auto limit = system_clock().now() + kStartLimit;
        for (;;) {
            auto session = open_mysql_session(ctx, address_, "");
            if (session) {
                version_ = (session->is_mariadb() ? "MariaDB " : "MySQL ") + session->server_version();
                return {};
            }
            if (process_->has_ended() || system_clock().now() > limit) {
                return Error(ErrorCode::kUnavailable, "start a throw-away server: " + session.error().message() + ": " +
                                                          escape_controls(process_->error_output()));
            }
            COFRE_TRY(system_clock().sleep(ctx, kPoll));
        }
    }

    DatabaseAddress address_;
    std::string version_;
    ScratchFolder folder_;
    std::optional<TempDir> socket_folder_;
    std::unique_ptr<ScratchProcess> process_;  // Last: ends before its folder goes.
};

Status install_data(const CallContext& ctx, Engine engine, const ScratchUser& user, const std::string& program,
                    const std::filesystem::path& folder) {
    const std::string data = "--datadir=" + (folder / "data").string();
    Command command;
    if (engine == Engine::kMariadb) {
        command = as_scratch_user(
            user, {"mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal",
                   "--skip-test-db", "--skip-name-resolve", "--skip-log-bin"});
    } else {
        command = as_scratch_user(user, {program, "--no-defaults", "--initialize-insecure", data});
    }
    command.working_directory = folder;
    // Two at once would take each other's temporary tables away.
    command.environment["TMPDIR"] = folder.string();
    const auto done = tool_output(ctx, command);
    if (!done) return Error(ErrorCode::kUnavailable, "make a throw-away server: " + done.error().message());
    return {};
}

}  // namespace

Result<std::unique_ptr<ScratchServer>> start_mysql_scratch(const CallContext& ctx, Engine engine,
                                                           const ScratchOptions& options) {
    const bool is_mariadb = engine == Engine::kMariadb;
    const auto program =
        find_server_program(is_mariadb ? std::vector<std::string>{"mariadbd"} : std::vector<std::string>{"mysqld"});
    const std::string package = is_mariadb ? "mariadb-server" : "mysql-server";
    const Error missing = Error(ErrorCode::kNotFound, "start a throw-away server: " + package + " is not installed")
                              .with_hint("install the package " + package + "; its service need not run");
    if (!program) return missing;
    Command ask;
    ask.argv = {*program, "--no-defaults", "--version"};
    COFRE_ASSIGN(const std::string version, tool_output(ctx, ask));
    // Debian's mysqld is MariaDB's.
    if ((version.find("MariaDB") != std::string::npos) != is_mariadb) return missing;

    COFRE_ASSIGN(const ScratchUser user, choose_scratch_user({"mysql", "nobody"}));
    COFRE_ASSIGN(ScratchFolder folder, ScratchFolder::create(options.parent, user));
    COFRE_TRY(install_data(ctx, engine, user, *program, folder.path()));
    std::filesystem::path socket = folder.path() / "s.sock";
    std::optional<TempDir> socket_folder;
    if (socket.string().size() > kLongestSocket) {
        COFRE_ASSIGN(socket_folder, TempDir::create("cofre-sock-"));
        if (!user.name.empty() && ::chown(socket_folder->path().c_str(), user.uid, user.gid) != 0) {
            return Error::from_errno(errno, "give a folder to " + user.name);
        }
        socket = socket_folder->path() / "s.sock";
    }
    auto server = std::make_unique<MysqlScratch>(std::move(folder), std::move(socket_folder));
    COFRE_TRY(server->start(ctx, engine, user, *program, socket.string()));
    return std::unique_ptr<ScratchServer>(std::move(server));
}

}  // namespace cofre::dump
