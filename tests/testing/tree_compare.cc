#include <algorithm>
#include <cstring>
#include <map>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "testing/tree_builder.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;

struct Node {
    struct stat status {};
    std::string link_target;
};

/// Relative path, as bytes, to what stands there.
using Nodes = std::map<std::string, Node>;

void collect(const fs::path& root, const std::string& prefix, Nodes& nodes, std::vector<std::string>& problems) {
    std::error_code error;
    fs::directory_iterator it(root / prefix, error);
    if (error) {
        problems.push_back("cannot list " + escape_for_display(root.string() + "/" + prefix) + ": " + error.message());
    }
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
        const std::string name = it->path().filename().native();
        const std::string path = (fs::path(prefix) / name).native();
        Node node;
        if (::lstat((root / path).c_str(), &node.status) != 0) continue;
        if (S_ISLNK(node.status.st_mode)) node.link_target = fs::read_symlink(root / path, error).native();
        nodes[path] = node;
        if (S_ISDIR(node.status.st_mode)) collect(root, path, nodes, problems);
    }
}

const char* kind(mode_t mode) {
    if (S_ISREG(mode)) return "file";
    if (S_ISDIR(mode)) return "folder";
    if (S_ISLNK(mode)) return "link";
    return "special file";
}

/// Offset of the first byte that differs, -1 if none does, -2 on a read error.
std::int64_t first_difference(const fs::path& a, const fs::path& b) {
    const UniqueFd fd_a(::open(a.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd fd_b(::open(b.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd_a || !fd_b) return -2;
    std::string buffer_a(1U << 20U, '\0');
    std::string buffer_b(1U << 20U, '\0');
    std::int64_t offset = 0;
    for (;;) {
        const ssize_t n = ::pread(fd_a.get(), buffer_a.data(), buffer_a.size(), offset);
        const ssize_t m = ::pread(fd_b.get(), buffer_b.data(), buffer_b.size(), offset);
        if (n < 0 || m < 0) return -2;
        const auto common = static_cast<std::size_t>(std::min(n, m));
        if (std::memcmp(buffer_a.data(), buffer_b.data(), common) != 0) {
            const auto where = std::mismatch(buffer_a.begin(), buffer_a.begin() + static_cast<std::ptrdiff_t>(common),
                                             buffer_b.begin());
            return offset + (where.first - buffer_a.begin());
        }
        if (n != m) return offset + std::min(n, m);
        if (n == 0) return -1;
        offset += n;
    }
}

class Comparison {
public:
    Comparison(const fs::path& expected, const fs::path& actual, const CompareOptions& options)
        : expected_(expected), actual_(actual), options_(options) {}

    std::vector<std::string> run() {
        Nodes expected;
        Nodes actual;
        collect(expected_, "", expected, differences_);
        collect(actual_, "", actual, differences_);
        for (const auto& [path, node] : expected) {
            if (!matters(node)) continue;
            const auto other = actual.find(path);
            if (other == actual.end()) {
                add(path, std::string("missing ") + kind(node.status.st_mode));
            } else {
                compare(path, node, other->second);
            }
        }
        for (const auto& [path, node] : actual) {
            if (matters(node) && expected.count(path) == 0)
                add(path, std::string("extra ") + kind(node.status.st_mode));
        }
        return std::move(differences_);
    }

private:
    bool matters(const Node& node) const { return !options_.files_only || S_ISREG(node.status.st_mode); }

    void add(const std::string& path, const std::string& what) {
        if (differences_.size() < options_.max_differences)
            differences_.push_back(escape_for_display(path) + ": " + what);
    }

    void compare(const std::string& path, const Node& a, const Node& b) {
        if ((a.status.st_mode & S_IFMT) != (b.status.st_mode & S_IFMT)) {
            add(path, std::string(kind(a.status.st_mode)) + " became a " + kind(b.status.st_mode));
            return;
        }
        if (S_ISLNK(a.status.st_mode) && a.link_target != b.link_target) {
            add(path, "link to " + escape_for_display(a.link_target) + " became " + escape_for_display(b.link_target));
        }
        if (S_ISREG(a.status.st_mode)) compare_bytes(path, a, b);
        if (!options_.files_only) compare_attributes(path, a, b);
    }

    void compare_bytes(const std::string& path, const Node& a, const Node& b) {
        if (a.status.st_size != b.status.st_size) {
            add(path, std::to_string(a.status.st_size) + " bytes became " + std::to_string(b.status.st_size));
            return;
        }
        const std::int64_t offset = first_difference(expected_ / path, actual_ / path);
        if (offset == -2) add(path, "cannot be read");
        if (offset >= 0) add(path, "differs from byte " + std::to_string(offset) + " on");
    }

    void compare_attributes(const std::string& path, const Node& a, const Node& b) {
        if (options_.modes && !S_ISLNK(a.status.st_mode) && a.status.st_mode != b.status.st_mode) {
            add(path, "mode " + std::to_string(a.status.st_mode) + " became " + std::to_string(b.status.st_mode));
        }
        const auto& time_a = a.status.st_mtim;
        const auto& time_b = b.status.st_mtim;
        if (options_.times && (time_a.tv_sec != time_b.tv_sec || time_a.tv_nsec != time_b.tv_nsec)) {
            add(path, "modification time " + std::to_string(time_a.tv_sec) + "." + std::to_string(time_a.tv_nsec) +
                          " became " + std::to_string(time_b.tv_sec) + "." + std::to_string(time_b.tv_nsec));
        }
    }

    const fs::path& expected_;
    const fs::path& actual_;
    const CompareOptions& options_;
    std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> compare_trees(const fs::path& expected, const fs::path& actual,
                                       const CompareOptions& options) {
    return Comparison(expected, actual, options).run();
}

std::string describe_differences(const fs::path& expected, const fs::path& actual, const CompareOptions& options) {
    std::string text;
    for (const std::string& line : compare_trees(expected, actual, options))
        text += line + "\n";
    return text;
}

std::vector<std::string> files_below(const fs::path& root) {
    Nodes nodes;
    std::vector<std::string> problems;
    collect(root, "", nodes, problems);
    std::vector<std::string> paths;
    for (const auto& [path, node] : nodes) {
        if (S_ISREG(node.status.st_mode)) paths.push_back(path);
    }
    return paths;
}

}  // namespace cofre::testing
