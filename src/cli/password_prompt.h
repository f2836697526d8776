#pragma once

/// @file
/// Asking a person for a password.

#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "base/secret.h"

namespace cofre::cli {

/// Whether there is a terminal to ask on; standard input may be a pipe.
bool can_ask_password();

/// Asks on the terminal of this process, without echo; standard output and
/// standard input are left alone. kInvalidArgument: no terminal, or an empty
/// answer; the hint names the other ways. kCancelled: a stop of `ctx`; the
/// terminal's echo is back in every case.
Result<Secret> ask_password(const CallContext& ctx, std::string_view question);

/// Twice, until both answers are the same; at most three times.
Result<Secret> ask_new_password(const CallContext& ctx, std::string_view question);

}  // namespace cofre::cli
