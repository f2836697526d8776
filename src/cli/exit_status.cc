#include "cli/exit_status.h"

namespace cofre::cli {

ExitStatus exit_status_of(const Error& error) {
    return error.code() == ErrorCode::kCancelled ? kExitInterrupted : kExitFatal;
}

}  // namespace cofre::cli
