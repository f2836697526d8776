#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/file.h"
#include "base/mount_table.h"
#include "base/units.h"
#include "cli/doctor_checks.h"
#include "crypto/random.h"

namespace cofre::cli {
namespace {

/// Less than this, and the next backup may not fit.
constexpr std::uint64_t kLittleSpace = 5_GiB;
/// Ledgers and records are small.
constexpr std::uint64_t kLittleStateSpace = 100_MiB;

Finding writable_finding(const std::filesystem::path& folder) {
    const auto file = folder / (".cofre-doctor-" + crypto::random_hex(8));
    const Status written = write_file_atomic(file, "cofre looks whether it may write here\n");
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    if (written) return {.subject = "writable", .text = "yes"};
    return {.subject = "writable",
            .health = Health::kBad,
            .text = written.error().message(),
            .hint = "give the user that runs cofre the right to write there"};
}

Finding space_finding(const std::filesystem::path& folder, std::uint64_t little) {
    std::error_code failed;
    const auto space = std::filesystem::space(folder, failed);
    if (failed) {
        return {.subject = "free space",
                .health = Health::kWarning,
                .text = Error::from_errno(failed.value(), "statvfs " + folder.native()).message()};
    }
    Finding finding{.subject = "free space",
                    .text = format_bytes(space.available) + " of " + format_bytes(space.capacity)};
    if (space.available < little) {
        finding.health = space.available < kLittleStateSpace / 10 ? Health::kBad : Health::kWarning;
        finding.hint = "make room";
    }
    return finding;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Finding file_system_finding(const std::filesystem::path& folder) {
    const auto mount = mount_of(folder);
    if (!mount) return {.subject = "file system", .health = Health::kWarning, .text = mount.error().message()};
    Finding finding{.subject = "file system", .text = mount->type + " at " + mount->point + " (" + mount->source + ")"};
    if (mount->read_only) {
        finding.health = Health::kBad;
        finding.text += ", mounted read-only";
        finding.hint = "mount it for writing";
    } else if (is_one_of(mount->type, {"tmpfs", "ramfs"})) {
        finding.health = Health::kWarning;
        finding.hint = "it lies in memory: a restart loses everything in it";
    } else if (is_one_of(mount->type, {"vfat", "exfat", "msdos"})) {
        finding.health = Health::kWarning;
        finding.hint = "it cannot hold all names, nor (vfat) files of 4 GiB or more";
    } else if (mount->type == "overlay") {
        finding.health = Health::kWarning;
        finding.hint = "it is a container's own layer, and is gone with it: mount a volume there";
    }
    return finding;
}

}  // namespace

Result<Diagnosis> diagnose_folder(const App& /*app*/, const config::TargetConfig& target) {
    Diagnosis diagnosis{.check = "folder", .findings = {}};
    auto& findings = diagnosis.findings;
    std::error_code failed;
    const auto status = std::filesystem::status(target.folder, failed);
    if (!std::filesystem::is_directory(status)) {
        const bool exists = std::filesystem::exists(status);
        findings.push_back({.subject = "folder",
                            .health = Health::kBad,
                            .text = target.folder.native() + (exists ? " is not a folder" : " is not there"),
                            .hint = exists ? "name another one"
                                           : "if it is on a disk that is not mounted, mount it; the first backup "
                                             "makes the folder"});
        return diagnosis;
    }
    findings.push_back({.subject = "folder", .text = target.folder.native()});
    findings.push_back(file_system_finding(target.folder));
    findings.push_back(writable_finding(target.folder));
    findings.push_back(space_finding(target.folder, kLittleSpace));
    return diagnosis;
}

Result<Diagnosis> diagnose_state(const App& /*app*/, const std::filesystem::path& folder) {
    Diagnosis diagnosis{.check = "state folder", .findings = {}};
    auto& findings = diagnosis.findings;
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        findings.push_back({.subject = "folder",
                            .health = Health::kBad,
                            .text = Error::from_errno(failed.value(), "create " + folder.native()).message(),
                            .hint = "set state_dir, or COFRE_STATE_DIR, to a folder that cofre may write to"});
        return diagnosis;
    }
    findings.push_back({.subject = "folder", .text = folder.native()});
    findings.push_back(writable_finding(folder));
    findings.push_back(space_finding(folder, kLittleStateSpace));
    return diagnosis;
}

}  // namespace cofre::cli
