#pragma once

/// @file
/// What a folder holds, read whole. Private to store.

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"

namespace cofre::store {

enum class EntryKind { kFile, kFolder, kOther };

struct FolderEntry {
    std::string name;
    EntryKind kind;
};

/// All names but "." and "..", in no order. `folder` is an open descriptor that
/// stays open; `what` names it in the error. A name that vanished is left out.
Result<std::vector<FolderEntry>> read_folder(int folder, std::string_view what);

WallTime wall_time(const timespec& time);

}  // namespace cofre::store
