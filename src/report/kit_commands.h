#pragma once

/// @file
/// The commands of a recovery kit. All of them rest on the exports, so that each
/// stays short enough to be typed from paper.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/recovery_kit.h"

namespace cofre::report {

enum class KitStep : std::uint8_t {
    kInstall,  ///< The program, from Debian's packages.
    kAccess,   ///< Exports: keys with dots in place of their values, region.
    kPlace,    ///< Export: RESTIC_REPOSITORY.
    kList,
    kRestore,
    kMount,
    kCheck,
    kFits,  ///< Shows the repository's id.
};
std::string_view to_string(KitStep step);  ///< "install", ...

struct KitCommand {
    KitStep step = KitStep::kList;
    std::string text;  ///< Lines of at most kCommandColumns, but for a single long word.
};

/// In the order in which they are used; steps that do not apply are left out.
struct KitCommands {
    std::vector<KitCommand> exports;
    std::vector<KitCommand> restic;  ///< Empty where restic cannot read: a customer's key.
    std::vector<KitCommand> cofre;
};

/// nullptr: there is none.
const KitCommand* find_command(const std::vector<KitCommand>& commands, KitStep step);

KitCommands kit_commands(const KitLocation& location);

/// Names of the variables that hold the keys of the storage; none for a folder.
std::vector<std::string> credential_variables(const KitLocation& location);

}  // namespace cofre::report
