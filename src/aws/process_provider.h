#pragma once

/// @file
/// credential_process: another program that knows the keys.
/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider".

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"

namespace cofre::aws {

struct ProcessOptions {
    std::string command;  ///< Words by a shell's quoting rules, but no shell.
    std::string profile;  ///< For messages.
    /// The AWS CLI waits for ever; a scheduled backup must not.
    std::chrono::milliseconds timeout{60'000};
};

/// Runs the command when a set is needed: once, if it gives no Expiration, else
/// as refreshing_provider.h says. At most 64 KiB of its output are read; of its
/// standard error, the end stands in the message when it fails.
/// kUnauthenticated: it cannot be run, fails, or prints something else than
/// Version 1 credentials. kUnavailable: it does not end in time.
std::unique_ptr<CredentialProvider> make_process_provider(const ProcessOptions& options, Clock& clock);

}  // namespace cofre::aws
