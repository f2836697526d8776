#include "testing/rgw_server.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing/child_process.h"

namespace cofre::testing {
namespace {

const std::string kTools = COFRE_TEST_TOOLS_DIR;

Result<std::map<std::string, std::string>> read_settings(const std::filesystem::path& file) {
    COFRE_ASSIGN(const std::string text, read_small_file(file, 4096));
    std::map<std::string, std::string> settings;
    std::size_t start = 0;
    constexpr std::string_view kExport = "export ";
    while (start < text.size()) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string line = text.substr(start, end - start);
        const std::size_t equals = line.find('=');
        if (line.compare(0, kExport.size(), kExport) == 0 && equals != std::string::npos) {
            settings[line.substr(kExport.size(), equals - kExport.size())] = line.substr(equals + 1);
        }
        start = end + 1;
    }
    return settings;
}

/// Runs one of our scripts; its complaint is the error. They need no home.
Status run_tool(std::vector<std::string> argv) {
    argv.front() = kTools + "/" + argv.front();
    auto environment = clean_environment("/nonexistent");
    environment["RGW_STS_MIN"] = "1";  // Sessions that a test can outlive.
    COFRE_ASSIGN(const auto result, run_child({.argv = argv, .environment = environment}));
    if (result.exit_code != 0) return Error(ErrorCode::kInternal, argv.front() + ": " + result.describe());
    return {};
}

}  // namespace

Result<std::unique_ptr<RgwServer>> RgwServer::start() {
    std::unique_ptr<RgwServer> server(new RgwServer());
    std::error_code ignored;
    std::string pattern = std::filesystem::temp_directory_path(ignored) / "cofre-rgw-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return Error::from_errno(errno, "create " + pattern);
    server->folder_ = pattern;
    // Before the server, so that a half-started one is ended as well.
    COFRE_TRY(server->start_watcher());
    COFRE_TRY(run_tool({"rgw-up.sh", pattern}));
    COFRE_ASSIGN(server->settings_, read_settings(server->folder_ / "s3.env"));
    return server;
}

Result<std::unique_ptr<RgwServer>> RgwServer::attach(const std::filesystem::path& folder) {
    std::unique_ptr<RgwServer> server(new RgwServer());
    server->folder_ = folder;
    COFRE_ASSIGN(server->settings_, read_settings(folder / "s3.env"));
    return server;
}

Status RgwServer::start_watcher() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error::from_errno(errno, "create a pipe");
    const UniqueFd read_end(ends[0]);
    lifeline_ = UniqueFd(ends[1]);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, read_end.get(), STDIN_FILENO);
    // Not ours: ctest waits until nobody holds the output of a test any more.
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A session of its own: Ctrl-C at the terminal must not end the watcher first.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

    std::string shell = "sh";
    std::string option = "-c";
    std::string script = R"(trap '' HUP INT TERM; cat >/dev/null; exec "$0" "$1" --remove)";
    std::string down = kTools + "/rgw-down.sh";
    std::string folder = folder_.string();
    std::array<char*, 6> argv = {shell.data(), option.data(), script.data(), down.data(), folder.data(), nullptr};
    const int failure = ::posix_spawn(&watcher_, "/bin/sh", &actions, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return Error::from_errno(failure, "start the watcher of the server");
    return {};
}

RgwServer::~RgwServer() {
    lifeline_ = UniqueFd();
    if (watcher_ != 0) {
        while (::waitpid(watcher_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

Result<std::string> RgwServer::create_bucket() {
    // Several test processes may share the server.
    std::string name = "test-" + std::to_string(::getpid()) + "-" + std::to_string(++buckets_);
    COFRE_TRY(run_tool({"rgw-bucket.sh", folder_.string(), name}));
    return name;
}

Result<std::vector<std::string>> RgwServer::keys(const std::string& bucket) const {
    return texts_of(bucket + "?list-type=2", "Key");
}

Result<std::vector<std::string>> RgwServer::pending_uploads(const std::string& bucket) const {
    return texts_of(bucket + "?uploads=", "UploadId");
}

/// The texts of all elements of one name in the answer to a signed GET.
Result<std::vector<std::string>> RgwServer::texts_of(const std::string& path, const std::string& element) const {
    // curl 7.88 signs no payload hash by itself; this is the one of no payload.
    const std::string hash = "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    COFRE_ASSIGN(const auto answer, run_child({.argv = {"curl", "-sSf", "--aws-sigv4", "aws:amz:us-east-1:s3", "-H",
                                                        hash, "-K", "-", endpoint() + "/" + path},
                                               .environment = clean_environment("/nonexistent"),
                                               .input = "user = \"" + access_key() + ":" + secret_key() + "\"\n"}));
    if (answer.exit_code != 0) return Error(ErrorCode::kUnavailable, path + ": " + answer.describe());
    std::vector<std::string> texts;
    const std::string open = "<" + element + ">";
    const std::string close = "</" + element + ">";
    std::size_t start = answer.out.find(open);
    while (start != std::string::npos) {
        const std::size_t end = answer.out.find(close, start);
        if (end == std::string::npos) return Error(ErrorCode::kCorruption, path + ": " + answer.out);
        texts.push_back(answer.out.substr(start + open.size(), end - start - open.size()));
        start = answer.out.find(open, end);
    }
    return texts;
}

std::map<std::string, std::string> RgwServer::process_ids() const {
    std::map<std::string, std::string> ids;
    for (const char* daemon : {"mon", "osd", "rgw"}) {
        auto text = read_small_file(folder_ / "run" / (std::string(daemon) + ".pid"), 64);
        if (text) ids[daemon] = text->substr(0, text->find('\n'));
    }
    return ids;
}

RgwServer& shared_rgw() {
    static const std::unique_ptr<RgwServer> server = [] {
        const char* running = std::getenv("COFRE_TEST_RGW");  // NOLINT(concurrency-mt-unsafe): one thread so far.
        auto started = running != nullptr ? RgwServer::attach(running) : RgwServer::start();
        if (!started) {
            std::fprintf(stderr, "no S3 server: %s\n", started.error().message().c_str());
            std::exit(1);  // NOLINT(concurrency-mt-unsafe): the test's only thread.
        }
        return *std::move(started);
    }();
    return *server;
}

std::string fresh_bucket() {
    auto bucket = shared_rgw().create_bucket();
    if (!bucket) {
        std::fprintf(stderr, "no bucket: %s\n", bucket.error().message().c_str());
        std::exit(1);  // NOLINT(concurrency-mt-unsafe): the test's only thread.
    }
    return *std::move(bucket);
}

const std::string& common_bucket() {
    // tests/rgw-fixture.sh has created it on the server of a ctest run.
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests change the environment on no other thread.
    static const std::string name = std::getenv("COFRE_TEST_RGW") != nullptr ? "common" : fresh_bucket();
    return name;
}

}  // namespace cofre::testing
