#pragma once

/// @file
/// What the declarations of commands share. Private: only command_line.cc and
/// the grammar_*.cc include it, since it brings the parser with it.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace cofre::cli {

/// Options are bound to members of shared structs, which live as long as the
/// parser.
class Grammar {
public:
    Grammar() : root_("Back up files to S3-compatible storage, prove that they come back, restore them.", "cofre") {}
    Grammar(const Grammar&) = delete;
    Grammar& operator=(const Grammar&) = delete;

    CLI::App& root() { return root_; }
    GlobalOptions& globals() { return globals_; }
    const std::optional<CommandOptions>& chosen() const { return chosen_; }
    void choose(CommandOptions options) { chosen_ = std::move(options); }

    /// A subcommand whose options become the result if it is the one given.
    template <typename Options>
    std::pair<CLI::App*, Options*> command(CLI::App& parent, const std::string& name, const std::string& help) {
        auto options = std::make_shared<Options>();
        auto* app = parent.add_subcommand(name, help);
        app->fallthrough();
        app->callback([this, options] { chosen_ = *options; });
        return {app, options.get()};
    }

    /// How to reach a store.
    static void add_target(CLI::App* app, TargetOptions& target);

    /// What objects are born with. `tag`: the name of the option for their tags.
    static void add_new_objects(CLI::App* app, TargetOptions& target, const std::string& tag);

    /// A repository, or plain objects where a command knows both: the place by
    /// `names`, the password, cache and lock, and add_target().
    static void add_access(CLI::App* app, RepoAccessOptions& repo, const std::string& names = "-r,--repo,--from");

    /// --compression and --pack-size, for what writes.
    static void add_writing(CLI::App* app, RepoAccessOptions& repo);

    /// -H is --host, unless `with_short` is false: forget has it for --keep-hourly.
    static void add_filter(CLI::App* app, SnapshotFilterOptions& filter, bool with_short = true);

    /// --keep-*.
    static void add_keep(CLI::App* app, KeepOptions& keep);

private:
    CLI::App root_;
    GlobalOptions globals_;
    std::optional<CommandOptions> chosen_;
};

void add_backup_command(Grammar& grammar);

/// init, snapshots, cat, list, key, unlock, tag, cache.
void add_repository_commands(Grammar& grammar);

/// history, catalog.
void add_service_commands(Grammar& grammar);
void add_catalog_commands(Grammar& grammar);

/// check, forget, prune, copy, rewrite, repair.
void add_maintenance_commands(Grammar& grammar);

/// restore, ls, find, diff, dump, stats, mount.
void add_reading_commands(Grammar& grammar);

}  // namespace cofre::cli
