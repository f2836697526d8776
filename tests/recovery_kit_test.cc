// What the recovery kit tells a person to do is done here, as it is written:
// its commands are taken out of the page and given to a shell.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "base/file.h"
#include "testing/child_process.h"
#include "testing/cli_runner.h"
#include "testing/rgw_server.h"
#include "testing/tree_builder.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPassword = "a long password, indeed";

std::string text_in(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

/// Whole commands, continuation lines included, as they stand in the text.
std::vector<std::string> commands_in(const std::string& kit) {
    std::vector<std::string> commands;
    bool goes_on = false;
    for (const auto& line : lines_of(kit)) {
        if (!line.starts_with("    ")) continue;
        if (goes_on) {
            commands.back() += '\n' + line;
        } else {
            commands.push_back(line);
        }
        goes_on = line.ends_with('\\');
    }
    return commands;
}

std::string first_starting(const std::vector<std::string>& commands, const std::string& begin) {
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const auto& command) { return command.starts_with("    " + begin); });
    EXPECT_NE(found, commands.end()) << begin;
    return found == commands.end() ? "false" : *found;
}

std::string trimmed(const std::string& line) {
    const auto first = line.find_first_not_of(' ');
    return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(' ') - first + 1);
}

class RecoveryKitTest : public ::testing::Test {
protected:
    void SetUp() override {
        folder_.emplace(*TempDir::create("recovery-kit"));
        cli_.set("COFRE_PASSWORD", kPassword).set("TZ", "America/Sao_Paulo");
        TreeSpec spec;
        spec.seed = 11;
        spec.files = 25;
        ASSERT_TRUE(build_tree(path("src"), spec));
    }

    fs::path path(const std::string& name) const { return folder_->path() / name; }

    ChildResult cofre(const std::vector<std::string>& args) const { return cli_.run(args); }
    ChildResult cofre_ok(const std::vector<std::string>& args) const {
        auto result = cli_.run(args);
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        return result;
    }

    /// A bare machine: restic, cofre, and a home; the password is typed.
    ChildResult in_shell(const std::string& script, const std::map<std::string, std::string>& more = {}) const {
        ChildCommand command{.argv = {"bash", "-euo", "pipefail", "-c", script}};
        command.environment = clean_environment(path("home"));
        command.environment["PATH"] = fs::path(CliRunner::binary()).parent_path().native() + ":/usr/bin:/bin";
        command.environment["RESTIC_PASSWORD"] = kPassword;
        command.environment.insert(more.begin(), more.end());
        fs::create_directories(path("home"));
        auto result = run_child(command);
        EXPECT_TRUE(result);
        return result ? *std::move(result) : ChildResult{};
    }
    std::string shell_ok(const std::string& script) const {
        const auto result = in_shell(script);
        EXPECT_EQ(result.exit_code, 0) << script << "\n" << result.describe();
        return result.out;
    }

    /// Makes a repository at `place` with its kit, and a backup; all exports of
    /// the kit, one after the other.
    std::string make(const std::string& place, const std::vector<std::string>& more = {}) {
        std::vector<std::string> init = {"init", "-r", place, "--recovery-kit", path("kit.txt")};
        init.insert(init.end(), more.begin(), more.end());
        cofre_ok(init);
        std::vector<std::string> backup = {"backup", path("src"), "-r", place};
        backup.insert(backup.end(), more.begin(), more.end());
        cofre_ok(backup);
        kit_ = text_in(path("kit.txt"));
        commands_ = commands_in(kit_);
        std::string exports;
        for (const auto& command : commands_) {
            if (command.starts_with("    export ") || command.starts_with("    RESTIC_")) exports += command + '\n';
        }
        return exports;
    }

    void expect_restored() {
        EXPECT_EQ(describe_differences(path("src"), path("home/restored") / path("src").relative_path()), "");
        fs::remove_all(path("home/restored"));
    }

    void try_everything(const std::string& exports) {
        for (const std::string program : {"restic", "cofre"}) {
            EXPECT_NE(shell_ok(exports + first_starting(commands_, program + " snapshots")).find("src"),
                      std::string::npos);
            shell_ok(exports + first_starting(commands_, program + " restore"));
            expect_restored();
            shell_ok(exports + first_starting(commands_, program + " check --read-data"));
        }
    }

    std::string id_in_config(const std::string& exports) const {
        return nlohmann::json::parse(shell_ok(exports + first_starting(commands_, "restic cat config"))).at("id");
    }

    std::optional<TempDir> folder_;
    CliRunner cli_;
    std::string kit_;
    std::vector<std::string> commands_;
};

TEST_F(RecoveryKitTest, ItsCommandsRestoreFromAFolder) {
    try_everything(make(path("repo")));
}

TEST_F(RecoveryKitTest, ItsCommandsSurviveAPlaceThatShellsHate) {
    try_everything(make(path("it's a \"place\" for $HOME `id` \\ ção " + std::string(90, 'x')) / std::string(90, 'y')));
}

TEST_F(RecoveryKitTest, ItsCommandsRestoreFromABucket) {
    auto& server = shared_rgw();
    cli_.set_all(server.environment());
    auto exports = make("s3://" + fresh_bucket() + "/the office/" + std::string(80, 'p'));
    for (const auto& [name, value] :
         {std::pair{"ACCESS_KEY_ID", server.access_key()}, std::pair{"SECRET_ACCESS_KEY", server.secret_key()}}) {
        const std::string dots = std::string(name) + "='...'";
        const auto at = exports.find("AWS_" + dots);
        ASSERT_NE(at, std::string::npos) << exports;
        exports.replace(at, dots.size() + 4, "AWS_" + std::string(name) + "='" + value + "'");
        EXPECT_EQ(kit_.find(value), std::string::npos) << "a secret is in the kit";
    }
    try_everything(exports);
    EXPECT_NE(kit_.find(server.endpoint()), std::string::npos);
}

TEST_F(RecoveryKitTest, ShowsTheIdAndItsFingerprint) {
    const auto id = id_in_config(make(path("repo")));
    EXPECT_NE(kit_.find(id), std::string::npos) << kit_;
    const auto fingerprint = shell_ok("printf %s " + id + " | sha256sum").substr(0, 64);
    EXPECT_NE(kit_.find(fingerprint), std::string::npos) << kit_;
    EXPECT_EQ(kit_.find(kPassword), std::string::npos);
}

TEST_F(RecoveryKitTest, ThePdfIsOneSheetWithTheSameCommands) {
    make(path("repo"));
    for (const std::string language : {"en", "pt-BR"}) {
        const auto text_kit = cofre_ok({"recovery-kit", "-r", path("repo"), "--lang", language}).out;
        const auto pdf = path("kit-" + language + ".pdf");
        cofre_ok({"recovery-kit", pdf, "-r", path("repo"), "--lang", language});
        const auto info = shell_ok("pdfinfo '" + pdf.native() + "'");
        EXPECT_NE(info.find("Pages:           1"), std::string::npos) << info;
        EXPECT_NE(info.find("A4"), std::string::npos) << info;
        std::vector<std::string> shown;
        const auto read_back = shell_ok("pdftotext -layout '" + pdf.native() + "' -");
        for (const auto& line : lines_of(read_back))
            shown.push_back(trimmed(line));
        for (const auto& command : commands_in(text_kit)) {
            for (const auto& line : lines_of(command)) {
                EXPECT_NE(std::find(shown.begin(), shown.end(), trimmed(line)), shown.end()) << line << "\n"
                                                                                             << read_back;
            }
        }
        EXPECT_EQ(read_back.find("Kit de recuperação") != std::string::npos, language == "pt-BR") << read_back;
    }
}

TEST_F(RecoveryKitTest, TheSameKitComesFromAnExistingRepository) {
    make(path("repo"));
    const auto again = cofre_ok({"recovery-kit", "-r", path("repo")}).out;
    EXPECT_EQ(commands_in(again), commands_);
    cofre_ok({"key", "add", "-r", path("repo"), "--new-password-file", [&] {
                  EXPECT_TRUE(write_file(path("second"), "another password"));
                  return path("second").native();
              }()});
    const auto json = json_of(cofre_ok({"recovery-kit", "-r", path("repo"), "--json"}));
    EXPECT_EQ(json.at("keys").size(), 2U);
    EXPECT_EQ(json.at("id"), id_in_config(first_starting(commands_, "export") + '\n'));
    EXPECT_EQ(json.at("commands").at("restic").at("list"), "restic snapshots");
}

TEST_F(RecoveryKitTest, ThePasswordIsPrintedOnlyWhereAskedAndOnlyForItsOwner) {
    const auto made = cofre_ok({"init", "-r", path("repo"), "--recovery-kit", path("kit.txt"), "--with-password"});
    EXPECT_NE(text_in(path("kit.txt")).find(kPassword), std::string::npos);
    EXPECT_NE(made.err.find("warning: the password goes into"), std::string::npos) << made.err;
    EXPECT_EQ((made.out + made.err).find(kPassword), std::string::npos);
    struct stat status {};
    ASSERT_EQ(::stat(path("kit.txt").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    const auto refused = cofre({"recovery-kit", "-r", path("repo"), "--with-password"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_EQ((refused.out + refused.err).find(kPassword), std::string::npos);
    const auto json = cofre({"recovery-kit", path("with.pdf"), "-r", path("repo"), "--with-password", "--json"});
    EXPECT_EQ(json.exit_code, 0) << json.describe();
    EXPECT_EQ((json.out + json.err).find(kPassword), std::string::npos);
}

TEST_F(RecoveryKitTest, ReplacesNothingAndAsksBeforeItMakesARepository) {
    ASSERT_TRUE(write_file(path("kit.txt"), "mine"));
    EXPECT_EQ(cofre({"init", "-r", path("repo"), "--recovery-kit", path("kit.txt")}).exit_code, 1);
    EXPECT_EQ(text_in(path("kit.txt")), "mine");
    EXPECT_FALSE(fs::exists(path("repo/config")));
    const auto japanese = path("倉庫");
    EXPECT_EQ(cofre({"init", "-r", japanese, "--recovery-kit", path("kit.pdf")}).exit_code, 1);
    EXPECT_FALSE(fs::exists(japanese / "config"));
    EXPECT_FALSE(fs::exists(path("kit.pdf")));
    cofre_ok({"init", "-r", japanese, "--recovery-kit", path("japanese.txt")});
}

TEST_F(RecoveryKitTest, InitTellsThatThereCouldBeOne) {
    const auto made = cofre_ok({"init", "-r", path("repo")});
    EXPECT_NE(made.err.find("cofre recovery-kit"), std::string::npos) << made.err;
    EXPECT_EQ(cofre({"recovery-kit", "-r", path("none")}).exit_code, 10);
    EXPECT_EQ(cofre({"init", "-r", path("other"), "--with-password"}).exit_code, 1);
}

}  // namespace
}  // namespace cofre::testing
