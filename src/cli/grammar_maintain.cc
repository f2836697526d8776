#include "cli/grammar.h"

namespace cofre::cli {
namespace {

void add_prune_rules(CLI::App* app, PruneRuleOptions& rules) {
    app->add_option("--max-unused", rules.max_unused, "Unused data that may stay: 5%, a size, or unlimited")
        ->capture_default_str();
    app->add_option("--max-repack-size", rules.max_repack_size, "Write no more than this size of packs anew");
    app->add_flag("--repack-small", rules.repack_small, "Put packs below 80% of the pack size together");
    app->add_flag("--repack-uncompressed", rules.repack_uncompressed, "Compress what is not compressed yet");
    app->add_flag("--repack-cacheable-only", rules.repack_cacheable_only, "Only packs of trees");
}

void add_check(Grammar& grammar) {
    const auto [app, o] = grammar.command<CheckOptions>(grammar.root(), "check", "Check that a repository is whole");
    auto* const all = app->add_flag("--read-data", o->read_data, "Read every pack and verify every byte");
    auto* const subset = app->add_option("--read-data-subset", o->read_data_subset,
                                         "Read a part: n/t, a share such as 2.5%, or a size such as 10G");
    auto* const budget = app->add_option("--read-data-budget", o->read_data_budget,
                                         "Read at most this size a day, what was not read for longest first");
    all->excludes(subset)->excludes(budget);
    subset->excludes(budget);
    app->add_flag("--check-unused", o->check_unused, "Also list blobs that no snapshot needs");
    app->add_flag("--with-cache", o->with_cache, "Use the local cache, instead of reading everything from the store");
    Grammar::add_access(app, o->repo);
}

void add_removal(Grammar& grammar) {
    {
        const auto [app, o] =
            grammar.command<ForgetOptions>(grammar.root(), "forget", "Remove snapshots by a policy, or by their ids");
        app->add_option("ID", o->ids, "Remove these, whatever the policy says");
        Grammar::add_keep(app, o->keep);
        Grammar::add_filter(app, o->filter, /*with_short=*/false);
        app->add_option("--group-by,-g", o->group_by, "Apply the policy to each group: host,paths,tags or ''")
            ->capture_default_str();
        app->add_flag("-c,--compact", o->compact, "One line for each snapshot");
        app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
        app->add_flag("--prune", o->prune, "Then remove the data that nobody needs any more");
        app->add_flag("--unsafe-allow-remove-all", o->allow_remove_all,
                      "Without a policy, remove all that the filter lets through");
        add_prune_rules(app, o->rules);
        Grammar::add_access(app, o->repo);
        Grammar::add_writing(app, o->repo);
    }
    const auto [app, o] = grammar.command<PruneOptions>(grammar.root(), "prune", "Remove data that no snapshot needs");
    app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
    add_prune_rules(app, o->rules);
    Grammar::add_access(app, o->repo);
    Grammar::add_writing(app, o->repo);
}

void add_changing(Grammar& grammar) {
    {
        const auto [app, o] =
            grammar.command<CopyOptions>(grammar.root(), "copy", "Copy snapshots from another repository");
        app->add_option("ID", o->ids, "Snapshots of the other repository (default: all that the filter lets through)");
        app->add_option("--from-repo", o->from.place.target, "The other repository (default: RESTIC_FROM_REPOSITORY)");
        app->add_option("--from-password-file", o->from.password_file, "File with its password");
        app->add_option("--from-password-command", o->from.password_command, "Command that prints its password");
        Grammar::add_filter(app, o->filter);
        Grammar::add_access(app, o->repo, "-r,--repo,--to");
        Grammar::add_writing(app, o->repo);
    }
    const auto [app, o] =
        grammar.command<RewriteOptions>(grammar.root(), "rewrite", "Leave something out of snapshots that exist");
    app->add_option("ID", o->ids, "Snapshots (default: all that the filter lets through)");
    app->add_option("-e,--exclude", o->exclude, "Leave out what matches (repeatable)");
    app->add_option("--iexclude", o->iexclude, "The same, whatever the case (repeatable)");
    app->add_option("--exclude-file", o->exclude_files, "File with such patterns (repeatable)");
    app->add_option("--new-host", o->new_host, "Another host name for these snapshots");
    app->add_option("--new-time", o->new_time, "Another time for these snapshots (RFC 3339)");
    app->add_flag("--forget", o->forget, "Remove the old snapshots");
    app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
    Grammar::add_filter(app, o->filter);
    Grammar::add_access(app, o->repo);
}

void add_repair(Grammar& grammar) {
    auto* const repair = grammar.root().add_subcommand("repair", "Make the best of a damaged repository");
    repair->require_subcommand(1);
    repair->fallthrough();
    {
        const auto [app, o] =
            grammar.command<RepairIndexOptions>(*repair, "index", "Make the index anew from what is there");
        app->add_flag("--read-all-packs", o->read_all_packs, "Trust no index file: read the header of every pack");
        Grammar::add_access(app, o->repo);
    }
    {
        const auto [app, o] =
            grammar.command<RepairPacksOptions>(*repair, "packs", "Save what can be read of damaged packs");
        app->add_option("ID", o->ids, "The packs, as check names them")->required();
        Grammar::add_access(app, o->repo);
    }
    const auto [app, o] =
        grammar.command<RepairSnapshotsOptions>(*repair, "snapshots", "Leave out of snapshots what is lost");
    app->add_option("ID", o->ids, "Snapshots (default: all that the filter lets through)");
    app->add_flag("--forget", o->forget, "Remove the old snapshots, also those of which nothing is left");
    app->add_flag("-n,--dry-run", o->dry_run, "Say what would be done, and change nothing");
    Grammar::add_filter(app, o->filter);
    Grammar::add_access(app, o->repo);
}

}  // namespace

void Grammar::add_keep(CLI::App* app, KeepOptions& keep) {
    app->add_option("--keep-last,-l", keep.last, "The N newest; -1 or unlimited: all");
    app->add_option("--keep-hourly,-H", keep.hourly, "The newest of each of the last N hours that have one");
    app->add_option("--keep-daily,-d", keep.daily, "The same for days");
    app->add_option("--keep-weekly,-w", keep.weekly, "The same for weeks");
    app->add_option("--keep-monthly,-m", keep.monthly, "The same for months");
    app->add_option("--keep-yearly,-y", keep.yearly, "The same for years");
    app->add_option("--keep-within", keep.within, "All of this time before the newest, such as 1y5m7d2h");
    app->add_option("--keep-within-hourly", keep.within_hourly, "One for each hour of this time");
    app->add_option("--keep-within-daily", keep.within_daily, "One for each day of this time");
    app->add_option("--keep-within-weekly", keep.within_weekly, "One for each week of this time");
    app->add_option("--keep-within-monthly", keep.within_monthly, "One for each month of this time");
    app->add_option("--keep-within-yearly", keep.within_yearly, "One for each year of this time");
    app->add_option("--keep-tag", keep.tags, "Those with these tags (TAG or TAG,TAG; repeatable)");
}

void add_maintenance_commands(Grammar& grammar) {
    add_check(grammar);
    add_removal(grammar);
    add_changing(grammar);
    add_repair(grammar);
}

}  // namespace cofre::cli
