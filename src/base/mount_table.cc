#include "base/mount_table.h"

#include <optional>
#include <sstream>
#include <vector>

#include "base/file.h"

namespace cofre {
namespace {

// A host that runs containers has thousands of mounts.
constexpr std::size_t kMaxMountTable = 16U << 20U;

// Blanks, tabs, newlines and backslashes stand as "\040" and the like.
std::string unescape_mount(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '\\' && i + 3 < text.size();
        if (!is_escape) {
            out += text[i];
            continue;
        }
        int code = 0;
        for (int digit = 1; digit <= 3; ++digit)
            code = code * 8 + (text[i + static_cast<std::size_t>(digit)] - '0');
        out += static_cast<char>(code);
        i += 3;
    }
    return out;
}

// "36 35 98:0 /root /mnt rw,noatime shared:1 - ext4 /dev/sda1 rw"
std::optional<Mount> parse_mount(const std::string& line) {
    std::istringstream words(line);
    std::vector<std::string> fields;
    for (std::string word; words >> word;)
        fields.push_back(word);
    constexpr std::size_t kPoint = 4;
    constexpr std::size_t kOptions = 5;
    for (std::size_t i = kOptions + 1; i + 2 < fields.size(); ++i) {
        if (fields[i] != "-") continue;
        const std::string options = "," + fields[kOptions] + ",";
        return Mount{.point = unescape_mount(fields[kPoint]),
                     .type = fields[i + 1],
                     .source = unescape_mount(fields[i + 2]),
                     .read_only = options.find(",ro,") != std::string::npos};
    }
    return std::nullopt;
}

bool lies_below(const std::string& path, const std::string& point) {
    if (point == "/") return true;
    return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
}

}  // namespace

Result<Mount> find_mount(std::string_view mountinfo, const std::filesystem::path& path) {
    std::istringstream lines{std::string(mountinfo)};
    std::optional<Mount> best;
    for (std::string line; std::getline(lines, line);) {
        auto mount = parse_mount(line);
        if (!mount || !lies_below(path.native(), mount->point)) continue;
        // A later mount hides an earlier one at the same place.
        if (!best || mount->point.size() >= best->point.size()) best = std::move(mount);
    }
    if (!best) return Error(ErrorCode::kNotFound, "no mount holds " + path.native());
    return *std::move(best);
}

Result<Mount> mount_of(const std::filesystem::path& path) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(path, failed);
    if (failed) return Error::from_errno(failed.value(), "resolve " + path.native());
    COFRE_ASSIGN(const std::string table, read_small_file("/proc/self/mountinfo", kMaxMountTable));
    return find_mount(table, real);
}

}  // namespace cofre
