#include "source/owner_names.h"

#include <cerrno>
#include <cstddef>
#include <vector>

#include <grp.h>
#include <pwd.h>

namespace cofre::source {
namespace {

// A group's record lists its members, which may be many.
constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 20U;

// getpwuid_r(3) and getgrgid_r(3) differ in their types only.
template <typename Record, typename Id, typename Lookup>
std::string look_up(Id id, char* Record::*name, Lookup lookup) {
    for (std::vector<char> buffer(1024); buffer.size() <= kMaxRecordBytes; buffer.resize(buffer.size() * 2)) {
        Record record{};
        Record* found = nullptr;
        const int error = lookup(id, &record, buffer.data(), buffer.size(), &found);
        if (error == ERANGE) continue;
        return found == nullptr ? std::string() : std::string(record.*name);
    }
    return {};
}

}  // namespace

const std::string& OwnerNames::user(uid_t id) {
    const auto [place, is_new] = users_.try_emplace(id);
    if (is_new) place->second = look_up(id, &passwd::pw_name, ::getpwuid_r);
    return place->second;
}

const std::string& OwnerNames::group(gid_t id) {
    const auto [place, is_new] = groups_.try_emplace(id);
    if (is_new) place->second = look_up(id, &::group::gr_name, ::getgrgid_r);
    return place->second;
}

}  // namespace cofre::source
