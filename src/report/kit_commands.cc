#include "report/kit_commands.h"

#include <algorithm>
#include <initializer_list>

#include "report/page.h"
#include "report/shell_line.h"

namespace cofre::report {
namespace {

using Words = std::vector<std::string>;

// Shell text, not words: the variable is meant to be seen by the shell.
constexpr const char* kRestoreTarget = "--target \"$HOME/restored\"";  // Not to be parted.
constexpr const char* kMountFolder = "\"$HOME/backups\"";
constexpr const char* kDots = "...";

std::string command_line(Words words, std::initializer_list<const char*> more) {
    words.insert(words.end(), more.begin(), more.end());
    return shell_command(words, kCommandColumns);
}

Words restic_words(const KitLocation& location) {
    Words words = {"restic"};
    if (!location.ca_bundle.empty()) words.push_back("--cacert " + shell_quote(location.ca_bundle));
    if (location.is_virtual_host) words.emplace_back("-o s3.bucket-lookup=dns");
    return words;
}

/// Options of cofre come after the verb.
std::string cofre_line(const KitLocation& location, std::initializer_list<const char*> verb) {
    Words words = {"cofre"};
    words.insert(words.end(), verb.begin(), verb.end());
    if (!location.ca_bundle.empty()) words.push_back("--ca-bundle " + shell_quote(location.ca_bundle));
    if (location.is_virtual_host) words.emplace_back("--virtual-host-style");
    if (location.has_customer_key) words.push_back(std::string("--sse-customer-key-file ") + kDots);
    return shell_command(words, kCommandColumns);
}

std::string mount_text(const std::string& mount) {
    return "mkdir -p " + std::string(kMountFolder) + '\n' + mount;
}

std::vector<KitCommand> export_lines(const KitLocation& location) {
    std::vector<KitCommand> out;
    std::string access;
    const auto variables = credential_variables(location);
    for (const auto& name : variables)
        access += (access.empty() ? "" : "\n") + shell_export(name, kDots, kCommandColumns);
    if (location.is_s3 && !location.region.empty()) {
        access += '\n' + shell_export("AWS_DEFAULT_REGION", location.region, kCommandColumns);
    }
    if (!access.empty()) out.push_back({KitStep::kAccess, access});
    out.push_back({KitStep::kPlace, shell_export("RESTIC_REPOSITORY", location.restic_name, kCommandColumns)});
    return out;
}

}  // namespace

std::string_view to_string(KitStep step) {
    switch (step) {
        case KitStep::kInstall: return "install";
        case KitStep::kAccess: return "access";
        case KitStep::kPlace: return "place";
        case KitStep::kList: return "list";
        case KitStep::kRestore: return "restore";
        case KitStep::kMount: return "mount";
        case KitStep::kCheck: return "check";
        case KitStep::kFits: return "fits";
    }
    return "unknown";
}

const KitCommand* find_command(const std::vector<KitCommand>& commands, KitStep step) {
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [step](const KitCommand& command) { return command.step == step; });
    return found == commands.end() ? nullptr : &*found;
}

std::vector<std::string> credential_variables(const KitLocation& location) {
    if (!location.is_s3) return {};
    return {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"};
}

KitCommands kit_commands(const KitLocation& location) {
    KitCommands out;
    out.exports = export_lines(location);
    if (!location.has_customer_key) {
        const auto restic = restic_words(location);
        out.restic = {{KitStep::kInstall, "sudo apt install restic"},
                      {KitStep::kList, command_line(restic, {"snapshots"})},
                      {KitStep::kRestore, command_line(restic, {"restore", "latest", kRestoreTarget})},
                      {KitStep::kMount, mount_text(command_line(restic, {"mount", kMountFolder}))},
                      {KitStep::kCheck, command_line(restic, {"check", "--read-data"})},
                      {KitStep::kFits, command_line(restic, {"cat", "config"})}};
    }
    out.cofre = {{KitStep::kList, cofre_line(location, {"snapshots"})},
                 {KitStep::kRestore, cofre_line(location, {"restore", "latest", kRestoreTarget})},
                 {KitStep::kMount, mount_text(cofre_line(location, {"mount", kMountFolder}))},
                 {KitStep::kCheck, cofre_line(location, {"check", "--read-data"})},
                 {KitStep::kFits, cofre_line(location, {"cat", "config"})}};
    return out;
}

}  // namespace cofre::report
