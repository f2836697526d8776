#pragma once

/// @file
/// The process and the folder of a throw-away server. Private to dump.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/guarded.h"
#include "base/result.h"
#include "base/subprocess.h"
#include "base/task_group.h"

namespace cofre::dump {

/// Who runs it: this user, or, as root, the first of `users` that exists.
struct ScratchUser {
    std::string name;  ///< Empty: this user, unchanged.
    unsigned uid = 0;
    unsigned gid = 0;
};

Result<ScratchUser> choose_scratch_user(const std::vector<std::string>& users);

/// A folder of its own, 0700 and owned by that user; removed with the object.
class ScratchFolder {
public:
    /// kPermissionDenied: the user cannot reach `parent`.
    static Result<ScratchFolder> create(const std::filesystem::path& parent, const ScratchUser& user);
    ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ~ScratchFolder();
    const std::filesystem::path& path() const { return path_; }

private:
    explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// `argv` as that user, killed when this program dies.
Command as_scratch_user(const ScratchUser& user, std::vector<std::string> argv);

/// A command that runs until the object dies, which ends it and waits.
class ScratchProcess {
public:
    explicit ScratchProcess(Command command);
    ScratchProcess(const ScratchProcess&) = delete;
    ScratchProcess& operator=(const ScratchProcess&) = delete;
    ~ScratchProcess() = default;

    bool has_ended() const;
    /// The end of what it wrote to standard error; once it has ended.
    std::string error_output() const;

private:
    struct State {
        bool has_ended = false;
        std::string error_output;
    };
    Guarded<State> state_;
    TaskGroup group_;  // Last: joined before the rest dies.
};

}  // namespace cofre::dump
