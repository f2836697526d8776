#include "testing/tree_builder.h"

#include <algorithm>
#include <array>
#include <random>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;  // Its output is fixed by the standard; that of distributions is not.

constexpr std::array<mode_t, 6> kFileModes = {0644, 0600, 0755, 0444, 0400, 0664};
constexpr std::array<mode_t, 3> kFolderModes = {0755, 0700, 0750};

const std::vector<std::string>& hostile_names() {
    static const std::vector<std::string> names = {
        "new\nline",
        "tab\tand\x01control",
        "-rf",
        "--help",
        " leading and trailing ",
        "quotes'\"`$(id)",
        "back\\slash",
        "percent%41%2F%",
        "plus+and&hash#question?",
        "star*[brackets]{braces}",
        "...",
        ".hidden",
        "dot.",
        "Case",
        "case",
        "caf\xc3\xa9",
        "cafe\xcc\x81",
        "right\xe2\x80\xaeto left",
        "\xf0\x9f\x94\x92 safe",
        "con",
        "semi;colon,comma=equals",
        std::string(255, 'n'),
    };
    return names;
}

const std::vector<std::string>& invalid_names() {
    static const std::vector<std::string> names = {"latin1-\xe9", "\xff\xfe", "cut-\xf0\x9f", "overlong-\xc0\xaf"};
    return names;
}

timespec time_of(Random& random) {
    // 2001 to 2033, with all nine digits of the fraction in use.
    return {static_cast<time_t>(1'000'000'000 + random() % 1'000'000'000), static_cast<long>(random() % 1'000'000'000)};
}

Status set_times(const fs::path& path, const timespec& time) {
    const std::array<timespec, 2> times = {time, time};
    if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
        return Error::from_errno(errno, "set times of " + path.string());
    }
    return {};
}

Status set_mode(const fs::path& path, mode_t mode) {
    if (::chmod(path.c_str(), mode) != 0) return Error::from_errno(errno, "set mode of " + path.string());
    return {};
}

std::uint64_t size_of(int index, const TreeSpec& spec, Random& random) {
    if (index == 0) return 0;
    if (index == 1) return spec.max_file_bytes;
    // Most are small, as in real trees.
    const std::uint64_t limit =
        random() % 4 == 0 ? spec.max_file_bytes : std::min<std::uint64_t>(spec.max_file_bytes, 2048);
    return random() % (limit + 1);
}

Status make_links(const fs::path& root, Random& random) {
    const std::array<std::pair<const char*, const char*>, 4> links = {{
        {"link-relative", "folder0/file2"},
        {"link-dangling", "no/such/file"},
        {"link-absolute", "/etc/hostname"},
        {"link-loop", "."},
    }};
    for (const auto& [name, target] : links) {
        if (::symlink(target, (root / name).c_str()) != 0) return Error::from_errno(errno, "make a link");
        COFRE_TRY(set_times(root / name, time_of(random)));
    }
    return {};
}

std::vector<std::string> file_names(const TreeSpec& spec) {
    std::vector<std::string> names;
    if (spec.hostile_names) {
        names = hostile_names();
        if (spec.invalid_utf8) names.insert(names.end(), invalid_names().begin(), invalid_names().end());
    }
    for (int i = static_cast<int>(names.size()); i < spec.files; ++i)
        names.push_back("file" + std::to_string(i));
    return names;
}

}  // namespace

std::string random_bytes(std::uint64_t seed, std::uint64_t size) {
    Random random(seed);
    std::string bytes(size, '\0');
    std::size_t i = 0;
    while (i < bytes.size()) {
        std::uint64_t word = random();
        for (std::size_t k = 0; k < sizeof word && i < bytes.size(); ++k, word >>= 8U) {
            bytes[i++] = static_cast<char>(word & 0xffU);
        }
    }
    return bytes;
}

Status write_file(const fs::path& path, std::string_view content) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return Error::from_errno(error.value(), "create " + path.parent_path().string());
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd) return Error::from_errno(errno, "create " + path.string());
    return write_all(fd.get(), as_bytes(content), path.string());
}

Status build_tree(const fs::path& root, const TreeSpec& spec) {
    Random random(spec.seed);
    const std::vector<fs::path> folders = {root, root / "folder0", root / "folder0" / "deep" / "deeper",
                                           root / (spec.hostile_names ? "fol\nder %2F" : "folder1"), root / "empty"};
    for (const fs::path& folder : folders) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) return Error::from_errno(error.value(), "create " + folder.string());
    }
    const std::vector<std::string> names = file_names(spec);
    for (int i = 0; i < static_cast<int>(names.size()); ++i) {
        const auto index = static_cast<std::size_t>(i);
        const fs::path path = folders[index % (folders.size() - 1)] / names[index];
        COFRE_TRY(write_file(path, random_bytes(random(), size_of(i, spec, random))));
        COFRE_TRY(set_mode(path, kFileModes[random() % kFileModes.size()]));
        COFRE_TRY(set_times(path, time_of(random)));
    }
    if (spec.symlinks) COFRE_TRY(make_links(root, random));
    // Last and deepest first, because creating a name changes its folder's time.
    std::vector<fs::path> all = folders;
    all.push_back(root / "folder0" / "deep");
    std::sort(all.begin(), all.end(), [](const fs::path& a, const fs::path& b) { return b.native() < a.native(); });
    for (const fs::path& folder : all) {
        COFRE_TRY(set_mode(folder, kFolderModes[random() % kFolderModes.size()]));
        COFRE_TRY(set_times(folder, time_of(random)));
    }
    return {};
}

}  // namespace cofre::testing
