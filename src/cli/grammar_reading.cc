#include "cli/grammar.h"

namespace cofre::cli {
namespace {

void add_restore_into(CLI::App* app, RestoreIntoOptions* o, CLI::Option* target) {
    auto* const group = app->add_option_group("Into a database");
    group
        ->add_option("--into", o->url,
                     "Server to restore a dump into: its URL (postgres://user@host/newname), or a configured database")
        ->excludes(target);
    group->add_option("--database-password-file", o->password_file, "File with the password of that server");
    group->add_option("--database", o->databases, "Only this database of the dump (repeatable)");
    group->add_option("--table", o->tables, "Only this table (repeatable)");
    group->add_option("--schema", o->schemas, "Only this schema (repeatable)");
    group->add_option("--rename", o->rename, "OLD=NEW: give a database another name (repeatable)");
    group->add_flag("--clean", o->clean, "Drop what stands in the way; without it, that is an error");
    group->add_flag("--globals", o->globals, "Roles and grants of the server first; those that exist stay as they are");
    group->add_option("--jobs", o->jobs, "Tables at once, where the dump can tell them apart (2)")
        ->check(CLI::Range(1, 64));
    group->add_option("--dump-tools", o->tools, "Folder of the client programs");
}

void add_restore(Grammar& grammar) {
    const auto [app, o] =
        grammar.command<RestoreOptions>(grammar.root(), "restore", "Restore a snapshot, or a part of it");
    app->add_option("SNAPSHOT", o->snapshot, "latest, or an id; SNAPSHOT:PATH for a part")->required();
    auto* const target = app->add_option("-t,--target", o->target, "Folder to restore into");
    add_restore_into(app, &o->into, target);
    app->add_option("--job", o->job, "Of plain objects: only snapshots of this job");
    app->add_option("-i,--include", o->include, "Only what matches (repeatable)");
    app->add_option("--iinclude", o->iinclude, "Like --include, ignoring case");
    app->add_option("-e,--exclude", o->exclude, "Leave out what matches (repeatable)");
    app->add_option("--iexclude", o->iexclude, "Like --exclude, ignoring case");
    app->add_option("--include-file", o->include_files, "Read include patterns from a file, one per line");
    app->add_option("--iinclude-file", o->iinclude_files, "Like --include-file, ignoring case");
    app->add_option("--exclude-file", o->exclude_files, "Read exclude patterns from a file, one per line");
    app->add_option("--iexclude-file", o->iexclude_files, "Like --exclude-file, ignoring case");
    app->add_option("--overwrite", o->overwrite, "always, if-changed, if-newer or never")
        ->check(CLI::IsMember({"always", "if-changed", "if-newer", "never"}));
    app->add_option("--owner", o->owner, "numeric: ids as they are; name: ids that the names have here; keep: yours")
        ->check(CLI::IsMember({"numeric", "name", "keep"}));
    app->add_flag("--delete", o->remove_others, "In the end, delete what the snapshot does not have");
    app->add_flag("--verify", o->verify, "Read every restored file back and compare");
    app->add_flag("--sparse", o->sparse, "Make holes of zeros");
    app->add_flag("--suid", o->suid, "Of plain objects: restore set-user-ID and set-group-ID bits too");
    app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
    app->add_option("--concurrency", o->concurrency, "Threads that fetch and write")->check(CLI::Range(1, 256));
    Grammar::add_filter(app, o->filter);
    Grammar::add_access(app, o->from);
}

void add_looking(Grammar& grammar) {
    {
        const auto [app, o] = grammar.command<LsOptions>(grammar.root(), "ls", "List what a snapshot holds");
        app->add_option("SNAPSHOT", o->snapshot, "latest, or an id; SNAPSHOT:PATH for a part");
        app->add_option("PATH", o->paths, "Only these folders and what is in them");
        app->add_option("--job", o->job, "Of plain objects: only snapshots of this job");
        app->add_flag("-l,--long", o->long_form, "Mode, owner, size and time too");
        app->add_flag("--recursive", o->recursive, "With PATH: what is below, however deep");
        Grammar::add_filter(app, o->filter);
        Grammar::add_access(app, o->from);
    }
    {
        const auto [app, o] = grammar.command<FindOptions>(grammar.root(), "find", "Find files in snapshots");
        app->add_option("PATTERN", o->patterns, "As for --exclude; or an id with --blob, --tree or --pack")->required();
        app->add_option("-s,--snapshot", o->snapshots, "Only in this snapshot (repeatable)");
        app->add_option("-N,--newest", o->newest, "Modified at this time at the latest: 2026-01-31 [12:00[:00]]");
        app->add_option("-O,--oldest", o->oldest, "Modified at this time at the earliest");
        app->add_flag("-i,--ignore-case", o->ignore_case, "Ignore case");
        app->add_flag("-l,--long", o->long_form, "Mode, owner, size and time too");
        auto* const blob = app->add_flag("--blob", o->blob, "Files that use a blob");
        auto* const tree = app->add_flag("--tree", o->tree, "Folders that are a tree")->excludes(blob);
        app->add_flag("--pack", o->pack, "What uses the blobs of a pack")->excludes(blob)->excludes(tree);
        Grammar::add_filter(app, o->filter);
        Grammar::add_access(app, o->from);
    }
    {
        const auto [app, o] = grammar.command<DiffOptions>(grammar.root(), "diff", "Compare two snapshots");
        app->add_option("BEFORE", o->before, "SNAPSHOT or SNAPSHOT:PATH")->required();
        app->add_option("AFTER", o->after, "SNAPSHOT or SNAPSHOT:PATH")->required();
        app->add_flag("--metadata", o->metadata, "Also where only metadata differ");
        Grammar::add_access(app, o->from);
    }
    const auto [app, o] = grammar.command<StatsOptions>(grammar.root(), "stats", "How large snapshots are");
    app->add_option("SNAPSHOT", o->snapshots, "latest, or ids (default: all)");
    app->add_option("--mode", o->mode, "restore-size, files-by-contents, blobs-per-file or raw-data")
        ->check(CLI::IsMember({"restore-size", "files-by-contents", "blobs-per-file", "raw-data"}));
    Grammar::add_filter(app, o->filter);
    Grammar::add_access(app, o->from);
}

}  // namespace

void add_reading_commands(Grammar& grammar) {
    add_restore(grammar);
    add_looking(grammar);
    {
        const auto [app, o] =
            grammar.command<DumpOptions>(grammar.root(), "dump", "Print a file, or a folder as an archive");
        app->add_option("SNAPSHOT", o->snapshot, "latest, or an id; SNAPSHOT:PATH for a part")->required();
        app->add_option("PATH", o->path, "File or folder; / for all");
        app->add_flag("--sql", o->sql, "Of a database's dump: one SQL script, whatever files it consists of");
        app->add_option("-a,--archive", o->archive, "Of a folder: tar or zip")->check(CLI::IsMember({"tar", "zip"}));
        app->add_option("-t,--target", o->target, "Write to this file instead of standard output");
        Grammar::add_filter(app, o->filter);
        Grammar::add_access(app, o->from);
    }
    const auto [app, o] =
        grammar.command<MountOptions>(grammar.root(), "mount", "Show snapshots as a read-only file system");
    app->add_option("FOLDER", o->mount_point, "Where to")->required();
    app->add_flag("--allow-other", o->allow_other, "Other users may look too");
    Grammar::add_filter(app, o->filter);
    Grammar::add_access(app, o->from);
}

}  // namespace cofre::cli
