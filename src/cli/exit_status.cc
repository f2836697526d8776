#include "cli/exit_status.h"

namespace cofre::cli {

ExitStatus exit_status_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kCancelled: return kExitInterrupted;
        case ErrorCode::kNoRepository: return kExitNoRepository;
        case ErrorCode::kLocked: return kExitLocked;
        case ErrorCode::kWrongPassword: return kExitWrongPassword;
        default: return kExitFatal;
    }
}

}  // namespace cofre::cli
