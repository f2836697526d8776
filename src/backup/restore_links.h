#pragma once

/// @file
/// What a window restores after its files: further names of files, and the
/// metadata of folders of which nothing more will come.

#include "backup/restore_window.h"

namespace cofre::backup {

/// Links first, then folders, those below before those above. A failure is a
/// problem in the tally; an Error ends the restore.
Status restore_links_and_folders(RestoreWork& work, const RestoreWindow& window);

}  // namespace cofre::backup
