#include "cli/grammar.h"

namespace cofre::cli {
namespace {

void add_choice_of_files(CLI::App* app, BackupOptions* o) {
    app->add_option("--include", o->include, "Only files whose name matches (repeatable)");
    app->add_option("-e,--exclude", o->exclude, "Leave out what matches (repeatable)");
    app->add_option("--iexclude", o->iexclude, "Like --exclude, ignoring case");
    app->add_option("--exclude-file", o->exclude_files, "Read exclude patterns from a file, one per line");
    app->add_option("--iexclude-file", o->iexclude_files, "Like --exclude-file, ignoring case");
    app->add_option("--exclude-larger-than", o->exclude_larger_than, "Leave out larger files, such as 2G");
    app->add_flag("--exclude-caches", o->exclude_caches, "Leave out what folders with a CACHEDIR.TAG hold");
    app->add_option("--exclude-if-present", o->exclude_if_present,
                    "FILE or FILE:HEADER: leave out what folders with such a file hold (repeatable)");
    app->add_flag("-x,--one-file-system", o->one_file_system, "Do not enter other file systems");
    app->add_option("--files-from", o->files_from, "Read sources from a file: patterns, one per line (- is stdin)");
    app->add_option("--files-from-verbatim", o->files_from_verbatim, "Likewise: paths as they are, one per line");
    app->add_option("--files-from-raw", o->files_from_raw, "Likewise: paths that NUL ends");
}

void add_of_snapshots(CLI::App* app, BackupOptions* o) {
    auto* const group = app->add_option_group("Snapshot");
    group->add_flag("--stdin", o->use_stdin, "Back up standard input as one file");
    group->add_flag("--stdin-from-command", o->stdin_from_command,
                    "Back up what a command writes, if it exits 0: -- COMMAND ARGS");
    group->add_option("--stdin-filename", o->stdin_filename, "Name of that file (stdin)");
    group->add_option("--tag", o->tags, "Tags of the snapshot: TAG or TAG,TAG (repeatable)");
    group->add_option("-H,--host", o->host, "Name of the host in the snapshot (default: this one's)");
    group->add_option("--time", o->time, "Time of the snapshot: 2026-11-22 10:00:00, or RFC 3339 (default: now)");
    group->add_option("--parent", o->parent,
                      "Snapshot whose unchanged files are not read (default: the newest of the "
                      "same host and paths)");
    group->add_flag("--with-atime", o->with_atime, "Keep the times of access too");
    group->add_flag("--ignore-inode", o->ignore_inode, "A file with another inode number may be unchanged");
    group->add_flag("--ignore-ctime", o->ignore_ctime, "A file with another ctime may be unchanged");
    group->add_flag("--no-scan", o->no_scan, "Do not count everything beforehand for the progress");
    group->add_option("--read-concurrency", o->read_concurrency, "Files read at once (2)")->check(CLI::Range(1, 64));
}

void add_of_objects(CLI::App* app, BackupOptions* o) {
    auto* const group = app->add_option_group("Plain objects");
    group->add_option("--name", o->name, "Name of the job in the manifest (adhoc)");
    group->add_option("--compression-level", o->compression_level, "1 to 19 for zstd, 1 to 9 for gzip (0: its default)")
        ->check(CLI::Range(0, 19));
    group->add_flag("--delete-after-upload", o->delete_after_upload, "Delete source files that are proven stored");
    group->add_option("--verify", o->verify, "How uploads are proven: auto, head or read")
        ->check(CLI::IsMember({"auto", "head", "read"}));
    group->add_option("--concurrency", o->concurrency, "Files at once")->check(CLI::Range(1, 256));
    group->add_flag("--share-prefix", o->share_prefix, "Allow a prefix that already holds another source's backup");
}

void add_of_databases(CLI::App* app, DumpToolOptions* o) {
    auto* const group = app->add_option_group("Databases",
                                              "postgres://, mysql://, mariadb://, mssql://, mongodb://, "
                                              "redis:// and sqlite:/// among the sources");
    group->add_option("--database-password-file", o->password_file, "File with the password of the database");
    group->add_option("--database", o->databases, "Only this database of the server (repeatable)");
    group->add_option("--dump-format", o->format, "plain, or custom: PostgreSQL's archive")
        ->check(CLI::IsMember({"plain", "custom"}));
    group->add_option("--dump-jobs", o->jobs, "More than 1: PostgreSQL by table, so many at once")
        ->check(CLI::Range(1, 64));
    group->add_option("--dump-options", o->options, "More arguments of the dump tool, in one word");
    group->add_option("--dump-name", o->object_name,
                      "Plain objects: name of the dump, with strftime's letters, {job}, {database}, {engine}");
    group->add_option("--dump-table", o->tables, "Only this table (repeatable)");
    group->add_option("--dump-exclude-table", o->exclude_tables, "Not this table (repeatable)");
    group->add_option("--dump-schema", o->schemas, "Only this schema (repeatable)");
    group->add_option("--dump-exclude-schema", o->exclude_schemas, "Not this schema (repeatable)");
    group->add_option("--dump-tools", o->tools, "Folder of the client programs");
    group->add_flag("--no-globals", o->no_globals, "No roles and grants of the server");
    group->add_flag("--no-row-counts", o->no_counts, "Do not count rows for a later comparison");
}

}  // namespace

void add_backup_command(Grammar& grammar) {
    const auto [app, o] =
        grammar.command<BackupOptions>(grammar.root(), "backup", "Back up files and databases without a configuration");
    app->add_option("SOURCE", o->sources, "Folders, files, or URLs of databases");
    app->add_option("--compression", o->to.compression,
                    "Of a repository: auto, max or off; of objects: none, zstd or gzip")
        ->check(CLI::IsMember({"auto", "max", "off", "none", "zstd", "gzip"}));
    app->add_flag("-f,--force", o->force, "Read (or send) every file, also unchanged ones");
    app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
    app->add_option("--output-json", o->output_json, "Also write the result to this file");
    add_choice_of_files(app, o);
    add_of_databases(app, &o->dump);
    add_of_snapshots(app, o);
    add_of_objects(app, o);
    Grammar::add_writing(app, o->to);
    Grammar::add_access(app, o->to, "--to,-r,--repo");
    Grammar::add_new_objects(app, o->to.place, "--object-tag");
}

}  // namespace cofre::cli
