#include "dump/scratch_process.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <pwd.h>
#include <unistd.h>

namespace cofre::dump {

Result<ScratchUser> choose_scratch_user(const std::vector<std::string>& users) {
    if (::geteuid() != 0) return ScratchUser{};
    for (const std::string& name : users) {
        passwd entry{};
        passwd* found = nullptr;
        std::array<char, 16384> room{};
        if (::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr) {
            return ScratchUser{name, entry.pw_uid, entry.pw_gid};
        }
    }
    return Error(ErrorCode::kNotFound,
                 "start a throw-away server: it must not run as root, and there is no other user");
}

Result<ScratchFolder> ScratchFolder::create(const std::filesystem::path& parent, const ScratchUser& user) {
    std::string path = (parent / "cofre-scratch-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) return Error::from_errno(errno, "create a folder in " + parent.string());
    ScratchFolder folder((std::filesystem::path(path)));
    if (user.name.empty()) return folder;
    if (::chown(path.c_str(), user.uid, user.gid) != 0) {
        return Error::from_errno(errno, "give " + path + " to " + user.name);
    }
    // The folders above must let the user through.
    std::error_code failed;
    for (std::filesystem::path above = std::filesystem::absolute(parent, failed); !failed;
         above = above.parent_path()) {
        const auto mode = std::filesystem::status(above, failed).permissions();
        if (failed || (mode & std::filesystem::perms::others_exec) == std::filesystem::perms::none) {
            return Error(ErrorCode::kPermissionDenied,
                         "start a throw-away server as " + user.name + ": it cannot enter " + above.string())
                .with_hint("choose a folder that every user may pass through");
        }
        if (above == above.root_path()) break;
    }
    return folder;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Command as_scratch_user(const ScratchUser& user, std::vector<std::string> argv) {
    Command command;
    command.argv = {"setpriv", "--pdeathsig", "KILL"};
    if (!user.name.empty()) {
        const std::vector<std::string> identity = {"--reuid", std::to_string(user.uid), "--regid",
                                                   std::to_string(user.gid), "--clear-groups"};
        command.argv.insert(command.argv.end(), identity.begin(), identity.end());
    }
    command.argv.emplace_back("--");
    command.argv.insert(command.argv.end(), std::make_move_iterator(argv.begin()), std::make_move_iterator(argv.end()));
    return command;
}

ScratchProcess::ScratchProcess(Command command) {
    // On a thread that lives as long as the process: the kernel takes the death of
    // the thread that started it for the parent's.
    group_.spawn([this, command = std::move(command)](const std::stop_token& stop) -> Status {
        auto result = run_command({stop}, command, {});
        state_.with([&](State& state) {
            state.has_ended = true;
            state.error_output = result ? result->error_output : result.error().message();
        });
        return {};
    });
}

bool ScratchProcess::has_ended() const {
    return state_.with([](const State& state) { return state.has_ended; });
}

std::string ScratchProcess::error_output() const {
    return state_.with([](const State& state) { return state.error_output; });
}

}  // namespace cofre::dump
