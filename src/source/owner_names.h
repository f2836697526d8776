#pragma once

/// @file
/// Names of users and groups.

#include <string>
#include <unordered_map>

#include <sys/types.h>

namespace cofre::source {

/// Asks the system's databases once per id. Not thread-safe. A lookup may
/// block for as long as the name service does (LDAP).
class OwnerNames {
public:
    /// Empty if the id has no name, or none could be found out. The reference
    /// is good until the next call.
    const std::string& user(uid_t id);
    const std::string& group(gid_t id);

private:
    std::unordered_map<uid_t, std::string> users_;
    std::unordered_map<gid_t, std::string> groups_;
};

}  // namespace cofre::source
