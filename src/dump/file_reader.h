#pragma once

/// @file
/// A file as a dump's stream, and a stream as a file. Private to dump.

#include <filesystem>
#include <functional>
#include <memory>

#include "base/call_context.h"
#include "base/file.h"
#include "base/result.h"
#include "dump/dump.h"
#include "dump/dump_restore.h"

namespace cofre::dump {

/// Reads `path` to its end. `keeps` dies with the reader. kCorruption: the file
/// was shorter or longer at the end than when it was opened. `on_end` is called
/// once, before read() gives 0; its error is the stream's.
Result<std::unique_ptr<DumpReader>> open_file_reader(const std::filesystem::path& path, std::shared_ptr<void> keeps,
                                                     std::function<Status()> on_end = {});

/// Writes what `reader` gives into a new file with `mode`, and syncs it.
/// kConflict: there is a file. After an error the part is removed.
Status write_stream(const CallContext& ctx, DumpReader& reader, const std::filesystem::path& path, mode_t mode,
                    RestoreProgress& progress);

}  // namespace cofre::dump
