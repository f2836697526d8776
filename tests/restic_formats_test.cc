// restic as the judge of our formats: the trees it writes are written again byte
// for byte, a folder that we walk gets the id that restic gives it, and it
// keeps, removes and excludes what we do.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "repo/go_text.h"
#include "repo/retention.h"
#include "repo/snapshot.h"
#include "repo/tree.h"
#include "source/node_metadata.h"
#include "source/snapshot_walk.h"
#include "testing/cheap_keys.h"
#include "testing/child_process.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Words = std::vector<std::string>;

class ResticFormats : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directory(src());
        const auto version = restic({"version"});
        if (version.exit_code != 0) GTEST_SKIP() << "restic is not installed";
        ASSERT_EQ(restic({"init"}).exit_code, 0);
        ASSERT_TRUE(make_keys_cheap(home_.path() / "repo", "x"));
    }

    fs::path src() const { return home_.path() / "src"; }

    void make(const std::string& path, const std::string& content = "") const {
        fs::create_directories((src() / path).parent_path());
        std::ofstream(src() / path) << content;
    }

    ChildResult restic(Words args) const {
        args.insert(args.begin(), {"restic", "-r", (home_.path() / "repo").string(), "--no-cache"});
        auto environment = clean_environment(home_.path());
        environment["RESTIC_PASSWORD"] = "x";
        environment["TZ"] = "America/Sao_Paulo";
        auto result = run_child({.argv = std::move(args), .environment = std::move(environment)});
        EXPECT_TRUE(result);
        return result ? *std::move(result) : ChildResult{};
    }

    void backup(Words args = {}) const {
        args.insert(args.begin(), {"backup", "-q"});
        args.push_back(src().string());
        const auto result = restic(std::move(args));
        ASSERT_EQ(result.exit_code, 0) << result.describe();
    }

    std::vector<repo::ListedSnapshot> snapshots() const {
        const auto list = repo::decode_snapshot_list(restic({"snapshots", "--json"}).out);
        EXPECT_TRUE(list) << list.error().message();
        return list ? *list : std::vector<repo::ListedSnapshot>();
    }

    std::string blob(const repo::Id& id) const { return restic({"cat", "blob", id.hex()}).out; }

    std::vector<repo::Node> nodes_of(const repo::Id& id) const {
        auto nodes = repo::decode_tree(blob(id));
        EXPECT_TRUE(nodes) << nodes.error().message();
        return nodes ? *std::move(nodes) : std::vector<repo::Node>();
    }

    // The id of the tree of src() in the newest snapshot.
    repo::Id source_tree() const {
        repo::Id tree = snapshots().back().snapshot.tree.value();
        for (const fs::path& name : src().relative_path()) {
            for (const repo::Node& node : nodes_of(tree)) {
                if (node.name == name.native()) tree = node.subtree.value();
            }
        }
        return tree;
    }

    TempDir home_ = *TempDir::create("cofre-restic-");
};

const char* const kZoneName = "America/Sao_Paulo";

// Builds trees from the leaves up, as a backup does. Files are smaller than a
// chunk, so that each is one blob.
class TreeBuilder {
public:
    explicit TreeBuilder(const fs::path& source) : source_(source) {
        ::setenv("TZ", kZoneName, 1);  // NOLINT(concurrency-mt-unsafe)
        ::tzset();                     // NOLINT(concurrency-mt-unsafe)
    }

    // The id of the tree of `source`.
    repo::Id build() {
        const auto targets = source::SnapshotTargets::create({source_});
        EXPECT_TRUE(targets);
        const source::SnapshotWalkEvents events{
            .enter_folder = [&](const source::WalkedFile&) -> Status {
                open_.emplace_back();
                return {};
            },
            .leave_folder = [&](const source::WalkedFile& folder, bool) { return leave(folder); },
            .visit_file = [&](const source::WalkedFile& file, int folder) { return visit(file, folder); },
            .on_error = [](std::string_view, const Error& error) { ADD_FAILURE() << error.message(); }};
        const auto status = targets->walk(CallContext{}, {}, events);
        EXPECT_TRUE(status) << status.error().message();
        return result_;
    }

private:
    Status leave(const source::WalkedFile& folder) {
        const repo::Id id(crypto::sha256(open_.back().finish()));
        open_.pop_back();
        if ("/" + folder.path == source_.native()) result_ = id;
        if (open_.empty()) return {};
        auto node = source::to_node(folder.name, folder.metadata, {});
        node.subtree = id;
        return open_.back().add(node);
    }

    Status visit(const source::WalkedFile& file, int folder) {
        if (file.metadata.kind == source::FileKind::kSocket) return {};  // As restic.
        auto node = source::to_node(file.name, file.metadata, {});
        if (file.metadata.size > 0) {
            COFRE_ASSIGN(const auto fd, source::open_walked_file(folder, file));
            std::string content(file.metadata.size, '\0');
            EXPECT_EQ(::read(fd.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
            node.content->push_back(repo::Id(crypto::sha256(content)));
        }
        return open_.back().add(node);
    }

    fs::path source_;
    std::vector<repo::TreeEncoder> open_;
    repo::Id result_;
};

TEST_F(ResticFormats, GivesTreesTheSameIds) {
    for (const char* name :
         {"plain", "quo\"te", "back\\slash", "new\nline", "bell\a", "esc\x1b", "bad\xff\xfe", "nbsp\u00a0", "zw\u200b",
          "ls\u2028", "a\u00e7\u00facar", "\U0001F512", "<&>", "-rf", " lead", "del\x7f", "tab\t", "\xed\xa0\x80"})
        make(name, std::string("content of ") + name);
    make("empty");
    make("deep/er/file", "x");
    fs::create_directory(src() / "empty folder");
    fs::create_hard_link(src() / "plain", src() / "hard");
    fs::create_symlink("target <&> \u2028", src() / "link");
    ASSERT_EQ(::mkfifo((src() / "fifo").c_str(), 0610), 0);
    ASSERT_EQ(::mknod((src() / "socket").c_str(), S_IFSOCK | 0600, 0), 0);
    if (::geteuid() == 0) {
        ASSERT_EQ(::mknod((src() / "chardev").c_str(), S_IFCHR | 0600, ::makedev(1, 3)), 0);
        ASSERT_EQ(::mknod((src() / "dev").c_str(), S_IFBLK | 0600, ::makedev(7, 300)), 0);
        ASSERT_EQ(::lchown((src() / "empty").c_str(), 1, 54'321), 0);
    }
    ASSERT_EQ(::chmod((src() / "plain").c_str(), 06751), 0);
    ASSERT_EQ(::chmod((src() / "empty folder").c_str(), 01777), 0);
    ::setxattr((src() / "plain").c_str(), "user.x", "v\0", 2, 0);
    ::setxattr((src() / "plain").c_str(), "user.empty", "", 0, 0);
    ::setxattr((src() / "deep").c_str(), "user.dir", "d", 1, 0);
    const timespec old[2] = {{1, 2}, {-77'000'000, 120'000'000}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (src() / "empty").c_str(), old, 0), 0);
    backup();
    const auto theirs = source_tree();
    const auto ours = TreeBuilder(src()).build();
    EXPECT_EQ(ours.hex(), theirs.hex()) << blob(theirs);
}

TEST_F(ResticFormats, WritesTreesAgainByteForByte) {
    make("caf\xe9/<x>", "1");
    make("caf\xe9/\u200b", "2");
    backup();
    std::vector<repo::Id> todo = {snapshots().back().snapshot.tree.value()};
    std::size_t trees = 0;
    for (; !todo.empty(); ++trees) {
        const std::string text = blob(todo.back());
        todo.pop_back();
        const auto same = repo::is_canonical_tree(text);
        ASSERT_TRUE(same) << same.error().message();
        EXPECT_TRUE(*same) << text;
        for (const repo::Node& node : *repo::decode_tree(text)) {
            if (node.subtree) todo.push_back(*node.subtree);
        }
    }
    EXPECT_GE(trees, 4U);
}

// restic 0.14 has Unicode 13: what it escapes and we do not must be printable
// by a later version; it never is the other way round.
TEST_F(ResticFormats, EscapesTheSameCodePoints) {
    std::map<std::string, std::vector<char32_t>> names;
    for (char32_t first = 0xA0; first < 0x20000; first += 40) {
        if (first >= 0x3500 && first < 0x9F00) continue;  // Han: one range.
        std::string name;
        std::vector<char32_t> points;
        for (char32_t c = first; c < first + 40; ++c) {
            if (c >= 0xD800 && c <= 0xDFFF) continue;
            append_utf8(name, c);
            points.push_back(c);
        }
        if (points.empty()) continue;
        make(name);
        names[name] = points;
    }
    backup();
    std::size_t newer = 0;
    std::size_t seen = 0;
    const auto tree = json::parse(blob(source_tree()));
    for (const auto& node : tree["nodes"]) {
        const auto quoted = node["name"].get<std::string>();
        const auto name = repo::unquote_go(quoted);
        ASSERT_TRUE(name && names.count(*name) == 1) << quoted;
        std::string_view rest = quoted;
        for (const char32_t c : names[*name]) {
            std::string raw;
            append_utf8(raw, c);
            std::string ours;
            repo::append_go_quoted(ours, raw);
            if (!rest.starts_with(ours)) {
                ASSERT_TRUE(repo::is_go_printable(c) && rest.starts_with('\\')) << std::hex << unsigned(c);
                ++newer;
                ours.assign(c < 0x10000 ? 6 : 10, 'x');
            }
            rest.remove_prefix(ours.size());
        }
        EXPECT_TRUE(rest.empty());
        ++seen;
    }
    EXPECT_EQ(seen, names.size());
    EXPECT_LT(newer, 1'200U);
}

TEST_F(ResticFormats, WritesSnapshotsAgainByteForByte) {
    make("x", "1");
    backup({"--tag", "a,b<", "--exclude", "*.t\u2028mp"});
    backup();
    for (const auto& listed : snapshots()) {
        // `cat` indents what it has decoded; nothing in it but strings holds white space.
        const std::string pretty = restic({"cat", "snapshot", listed.id}).out;
        const auto snapshot = repo::decode_snapshot(pretty);
        ASSERT_TRUE(snapshot) << snapshot.error().message();
        std::string compact;
        bool in_string = false;
        for (std::size_t i = 0; i < pretty.size(); ++i) {
            if (pretty[i] == '"' && (i == 0 || pretty[i - 1] != '\\')) in_string = !in_string;
            if (in_string || (pretty[i] != ' ' && pretty[i] != '\n')) compact += pretty[i];
        }
        EXPECT_EQ(repo::encode_snapshot(*snapshot), compact);
    }
}

TEST_F(ResticFormats, KeepsWhatResticKeeps) {
    make("x", "1");
    const Words times = {"2025-01-01 10:00:00", "2025-12-29 00:30:00", "2025-12-31 23:59:59", "2026-01-01 00:00:00",
                         "2026-01-01 00:59:59", "2026-01-01 01:00:00", "2026-02-28 12:00:00", "2026-03-31 12:00:00"};
    for (std::size_t i = 0; i < times.size(); ++i)
        backup({"--time", times[i], "--host", "h", "--tag", i % 2 == 0 ? "even" : "odd,x"});
    const auto list = snapshots();
    std::vector<const repo::Snapshot*> members;
    for (const auto& listed : list)
        members.push_back(&listed.snapshot);
    const std::vector<Words> policies = {{"--keep-last", "2"},
                                         {"--keep-hourly", "3"},
                                         {"--keep-daily", "4"},
                                         {"--keep-weekly", "3"},
                                         {"--keep-weekly", "100"},
                                         {"--keep-monthly", "2"},
                                         {"--keep-yearly", "10"},
                                         {"--keep-within", "1m"},
                                         {"--keep-within", "1m3d"},
                                         {"--keep-within-daily", "3m"},
                                         {"--keep-within-weekly", "1y3m"},
                                         {"--keep-within-hourly", "3m", "--keep-yearly", "1"},
                                         {"--keep-tag", "odd,x", "--keep-last", "1"}};
    for (const Words& options : policies) {
        repo::RetentionPolicy policy;
        policy.keep_oldest = false;  // As restic did before 0.16.
        for (std::size_t i = 0; i < options.size(); i += 2) {
            const std::string& name = options[i];
            const std::string& text = options[i + 1];
            const int count = repo::parse_keep_count(text) ? *repo::parse_keep_count(text) : 0;
            const auto duration = repo::parse_calendar_duration(text);
            if (name == "--keep-last") policy.last = count;
            if (name == "--keep-hourly") policy.hourly = count;
            if (name == "--keep-daily") policy.daily = count;
            if (name == "--keep-weekly") policy.weekly = count;
            if (name == "--keep-monthly") policy.monthly = count;
            if (name == "--keep-yearly") policy.yearly = count;
            if (name == "--keep-within") policy.within = *duration;
            if (name == "--keep-within-hourly") policy.within_hourly = *duration;
            if (name == "--keep-within-daily") policy.within_daily = *duration;
            if (name == "--keep-within-weekly") policy.within_weekly = *duration;
            if (name == "--keep-tag") policy.tags = {repo::parse_tag_list(text)};
        }
        Words args = {"forget", "--dry-run", "--json"};
        args.insert(args.end(), options.begin(), options.end());
        const auto answer = json::parse(restic(args).out).at(0);
        json theirs = json::array();
        for (std::size_t i = 0; i < answer["keep"].size(); ++i)
            theirs.push_back({answer["keep"][i]["id"], answer["reasons"][i]["matches"]});
        json ours = json::array();
        const auto decision = repo::apply_retention(members, policy, {.seconds = INT64_MAX}, repo::Zone::local());
        for (const auto& kept : decision.keep)
            ours.push_back({list[kept.index].id, kept.reasons});
        EXPECT_EQ(ours, theirs) << options[0] << ' ' << options[1];
    }
}

struct ExcludeCase {
    Words restic;
    source::FilterRules rules;
    std::vector<source::FolderTag> tags;
};

TEST_F(ResticFormats, ExcludesWhatResticExcludes) {
    for (const char* path : {"a/x.tmp", "a/y", "a/deep/er/x.TMP", "a/deep/b/c", "b/c/d", "b/[x]", "cache/CACHEDIR.TAG",
                             "cache/data", "no/.skip", "no/data", "b/caf\xe9"})
        make(path, path[0] == 'c' ? source::cache_folder_tag().header : "12345678");
    make("large", std::string(3'000, 'x'));
    const std::string here = src().string();
    const std::vector<ExcludeCase> cases = {
        {{"--exclude", "*.tmp"}, {.exclude = {"*.tmp"}}, {}},
        {{"--iexclude", "*.tmp"}, {.exclude_ignore_case = {"*.tmp"}}, {}},
        {{"--exclude", here + "/b"}, {.exclude = {here + "/b"}}, {}},
        {{"--exclude", "/b"}, {.exclude = {"/b"}}, {}},
        {{"--exclude", "a/**/c"}, {.exclude = {"a/**/c"}}, {}},
        {{"--exclude", here + "/**/c"}, {.exclude = {here + "/**/c"}}, {}},
        {{"--exclude", "deep/"}, {.exclude = {"deep/"}}, {}},
        {{"--exclude", "\\[x\\]"}, {.exclude = {"\\[x\\]"}}, {}},
        {{"--exclude", "caf?"}, {.exclude = {"caf?"}}, {}},
        {{"--exclude", "b/*", "--exclude", "!b/c"}, {.exclude = {"b/*", "!b/c"}}, {}},
        {{"--exclude", here + "/a/*", "--exclude", "!" + here + "/a/deep"},
         {.exclude = {here + "/a/*", "!" + here + "/a/deep"}},
         {}},
        {{"--exclude-caches"}, {}, {source::cache_folder_tag()}},
        {{"--exclude-if-present", ".skip"}, {}, {*source::parse_folder_tag(".skip")}},
        {{"--exclude-if-present", ".skip:1234"}, {}, {*source::parse_folder_tag(".skip:1234")}},
        {{"--exclude-if-present", ".skip:no"}, {}, {*source::parse_folder_tag(".skip:no")}},
        {{"--exclude-larger-than", "2K"}, {.exclude_larger_than = 2'048}, {}},
    };
    for (const ExcludeCase& one : cases) {
        backup(one.restic);
        std::set<std::string> theirs;
        const std::string lines = restic({"ls", "--json", snapshots().back().id}).out;
        for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
            const auto node = json::parse(lines.substr(at, lines.find('\n', at) - at));
            if (node["struct_type"] != "node") continue;
            const auto path = node["path"].get<std::string>();
            if (path.starts_with(here)) theirs.insert(path);
        }
        std::set<std::string> ours;
        const auto add = [&](const source::WalkedFile& file) {
            // As JSON shows a name that is not UTF-8.
            std::string text;
            repo::append_json_string(text, "/" + file.path);
            if (("/" + file.path).starts_with(here)) ours.insert(json::parse(text).get<std::string>());
            return Status();
        };
        const auto filter = source::PathFilter::create(one.rules);
        ASSERT_TRUE(filter);
        const auto status = source::SnapshotTargets::create({src()})->walk(
            CallContext{}, {.filter = &*filter, .exclude_if_present = one.tags},
            {.enter_folder = add, .visit_file = [&](const source::WalkedFile& file, int) { return add(file); }});
        EXPECT_TRUE(status);
        EXPECT_EQ(ours, theirs) << one.restic[0] << ' ' << one.restic.back();
    }
}

}  // namespace
}  // namespace cofre::testing
