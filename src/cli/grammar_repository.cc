#include "cli/grammar.h"

namespace cofre::cli {
namespace {

void add_keys(Grammar& grammar) {
    auto* const key = grammar.root().add_subcommand("key", "Passwords of a repository");
    key->require_subcommand(1);
    key->fallthrough();
    {
        const auto [app, o] = grammar.command<KeyListOptions>(*key, "list", "List the keys: one for each password");
        Grammar::add_access(app, o->repo);
    }
    {
        const auto [app, o] = grammar.command<KeyAddOptions>(*key, "add", "Add a password");
        app->add_option("--new-password-file", o->new_password_file, "File with the new password (else it is asked)");
        Grammar::add_access(app, o->repo);
    }
    {
        const auto [app, o] = grammar.command<KeyRemoveOptions>(*key, "remove", "Remove a password's key");
        app->add_option("ID", o->id, "First digits of the key's id")->required();
        Grammar::add_access(app, o->repo);
    }
    const auto [app, o] = grammar.command<KeyPasswdOptions>(*key, "passwd", "Replace the password in use");
    app->add_option("--new-password-file", o->new_password_file, "File with the new password (else it is asked)");
    Grammar::add_access(app, o->repo);
}

void add_listing(Grammar& grammar) {
    {
        const auto [app, o] =
            grammar.command<SnapshotsOptions>(grammar.root(), "snapshots", "List the snapshots of a target");
        app->add_option("ID", o->ids, "Only these snapshots: first digits of ids, or latest");
        app->add_option("--latest", o->latest, "Only the N newest of each host and paths")
            ->check(CLI::Range(1, 1 << 30));
        app->add_option("-g,--group-by", o->group_by, "Show them in groups: host, paths, tags, with commas");
        app->add_flag("--compact", o->compact, "One line for each snapshot");
        app->add_option("--job", o->job, "Of plain objects: only snapshots of this job");
        Grammar::add_filter(app, o->filter);
        Grammar::add_access(app, o->from);
    }
    {
        const auto [app, o] = grammar.command<CatOptions>(grammar.root(), "cat", "Show what a repository holds inside");
        app->add_option("WHAT", o->what, "config, masterkey, snapshot, index, key, lock, pack, blob or tree")
            ->required()
            ->check(CLI::IsMember({"config", "masterkey", "snapshot", "index", "key", "lock", "pack", "blob", "tree"}));
        app->add_option("ID", o->id, "First digits of an id; of a tree: SNAPSHOT or SNAPSHOT:PATH");
        Grammar::add_access(app, o->repo);
    }
    const auto [app, o] =
        grammar.command<ListOptions>(grammar.root(), "list", "List the ids of what a repository holds");
    app->add_option("WHAT", o->what, "snapshots, packs, index, keys, locks or blobs")
        ->required()
        ->check(CLI::IsMember({"snapshots", "packs", "index", "keys", "locks", "blobs"}));
    Grammar::add_access(app, o->repo);
}

void add_upkeep(Grammar& grammar) {
    {
        const auto [app, o] = grammar.command<UnlockOptions>(grammar.root(), "unlock", "Remove stale locks");
        app->add_flag("--remove-all", o->remove_all, "Also those that are in use: only when nobody is at work");
        Grammar::add_access(app, o->repo);
    }
    {
        const auto [app, o] = grammar.command<TagOptions>(grammar.root(), "tag", "Change the tags of snapshots");
        app->add_option("ID", o->ids, "Snapshots (default: all that the filter lets through)");
        app->add_option("--set", o->set, "Replace the tags: TAG or TAG,TAG; '' for none (repeatable)");
        app->add_option("--add", o->add, "Add tags (repeatable)");
        app->add_option("--remove", o->remove, "Remove tags (repeatable)");
        Grammar::add_filter(app, o->filter);
        Grammar::add_access(app, o->repo);
    }
    const auto [app, o] = grammar.command<CacheOptions>(grammar.root(), "cache", "Show or clear the local cache");
    app->add_flag("--cleanup", o->cleanup, "Remove what no command has used for --max-age days");
    app->add_option("--max-age", o->max_age_days, "Days (30)")->check(CLI::Range(0, 36'500));
    app->add_option("--cache-dir", o->cache_dir, "Where the cache is (default: $XDG_CACHE_HOME/cofre)");
}

std::vector<CLI::Option*> add_kit(CLI::App* app, KitOptions& kit) {
    return {app->add_option("--lang", kit.language, "Language of the kit: en or pt-BR")
                ->check(CLI::IsMember({"en", "pt-BR", "pt"})),
            app->add_flag("--with-password", kit.with_password,
                          "Print the password into the kit, too: it is then as good as the data")};
}

}  // namespace

void Grammar::add_access(CLI::App* app, RepoAccessOptions& repo, const std::string& names) {
    app->add_option(names, repo.place.target,
                    "s3://bucket/prefix, a folder, or a target's name (default: RESTIC_REPOSITORY, else the "
                    "configured target)");
    app->add_option("--layout", repo.place.layout, "repository, objects or auto (default: what is there)")
        ->check(CLI::IsMember({"repository", "objects", "auto"}));
    auto* const group = app->add_option_group("Repository");
    group->add_option("-p,--password-file", repo.password_file, "File with the password");
    group->add_option("--password-command", repo.password_command,
                      "Command that prints the password; no shell runs it");
    group->add_flag("--no-cache", repo.no_cache, "Keep nothing on this machine");
    group->add_option("--cache-dir", repo.cache_dir, "Where the cache is (default: $XDG_CACHE_HOME/cofre)");
    group->add_flag("--no-lock", repo.no_lock, "Do not lock, where nothing is written");
    group->add_option("--retry-lock", repo.retry_lock, "How long to wait for another's lock, such as 30s or 2h");
    add_target(app, repo.place);
}

void Grammar::add_writing(CLI::App* app, RepoAccessOptions& repo) {
    app->add_option("--pack-size", repo.pack_size, "Size of data files: MiB, or such as 64MiB; 4 to 128 MiB (16)");
}

void Grammar::add_filter(CLI::App* app, SnapshotFilterOptions& filter, bool with_short) {
    app->add_option(with_short ? "-H,--host" : "--host", filter.hosts, "Only snapshots of this host (repeatable)");
    app->add_option("--tag", filter.tags, "Only snapshots with these tags: TAG or TAG,TAG (repeatable)");
    app->add_option("--path", filter.paths, "Only snapshots of this absolute path (repeatable)");
}

void add_repository_commands(Grammar& grammar) {
    {
        const auto [app, o] = grammar.command<InitOptions>(grammar.root(), "init", "Create a repository");
        app->add_option("--repository-version", o->version, "1 (restic before 0.14), 2, stable or latest")
            ->check(CLI::IsMember({"1", "2", "stable", "latest"}));
        auto* const kit = app->add_option("--recovery-kit", o->kit.file,
                                          "Write what a restore needs into this file: text, .pdf, or - for stdout");
        for (auto* const option : add_kit(app, o->kit))
            option->needs(kit);
        Grammar::add_access(app, o->repo, "-r,--repo,--to,--from");
    }
    {
        const auto [app, o] = grammar.command<RecoveryKitOptions>(
            grammar.root(), "recovery-kit", "Print what a person needs to restore with nothing but the storage");
        o->kit.file = "-";
        app->add_option("FILE", o->kit.file, "New file: text, or PDF if its name ends in .pdf (default: stdout)");
        add_kit(app, o->kit);
        Grammar::add_access(app, o->repo);
    }
    add_listing(grammar);
    add_keys(grammar);
    add_upkeep(grammar);
}

}  // namespace cofre::cli
