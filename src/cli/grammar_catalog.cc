// history, catalog, notify.
#include "cli/grammar.h"

namespace cofre::cli {

namespace {

void add_notify_commands(Grammar& grammar) {
    constexpr const char* kUrl = "sqlite:///path or postgres://user@host/database (default: as configured)";
    auto* const notify = grammar.root().add_subcommand("notify", "Notifications");
    notify->require_subcommand(1);
    notify->fallthrough();
    {
        const auto [app, o] = grammar.command<NotifyTestOptions>(
            *notify, "test", "Send a test to channels, at once, and say what they answered");
        app->add_option("CHANNEL", o->channels, "Names of channels (default: all)");
    }
    {
        const auto [app, o] = grammar.command<NotifyListOptions>(*notify, "list", "Show what was sent, and what waits");
        app->add_option("--state", o->state, "Only in this state")
            ->check(CLI::IsMember({"queued", "sent", "failed", "dropped"}));
        app->add_option("--limit", o->limit, "So many at most (50)")->check(CLI::Range(1, 10'000));
        app->add_option("--catalog", o->catalog, kUrl);
    }
    const auto [app, o] = grammar.command<NotifyAckOptions>(
        *notify, "ack", "You know that a job fails: no escalation until it works again");
    app->add_option("JOB", o->job, "The job")->required();
    app->add_option("--catalog", o->catalog, kUrl);
}

}  // namespace

void add_catalog_commands(Grammar& grammar) {
    constexpr const char* kUrl = "sqlite:///path or postgres://user@host/database (default: as configured)";
    {
        const auto [app, o] = grammar.command<HistoryOptions>(grammar.root(), "history", "Show runs of jobs");
        app->add_option("-j,--job", o->job, "Only of this job");
        app->add_option("--state", o->states, "Only in this state: succeeded, partial, failed, ... (repeatable)")
            ->check(CLI::IsMember(
                {"claimed", "running", "succeeded", "partial", "failed", "interrupted", "cancelled", "skipped"}));
        app->add_option("--since", o->since, "Not before: 7d, 36h, or 2026-01-31[ 12:00]");
        app->add_option("--limit", o->limit, "So many at most (50)")->check(CLI::Range(1, 10'000));
        app->add_option("--after", o->after, "Older than the run with this id: the next page");
        app->add_option("--catalog", o->catalog, kUrl);
    }
    auto* const catalog = grammar.root().add_subcommand("catalog", "The record of what happened");
    catalog->require_subcommand(1);
    catalog->fallthrough();
    {
        const auto [app, o] = grammar.command<CatalogInfoOptions>(*catalog, "info", "Where it is and what it holds");
        app->add_option("--catalog", o->catalog, kUrl);
    }
    const auto [app, o] = grammar.command<CatalogRebuildOptions>(
        *catalog, "rebuild", "Read runs, backups and proofs back from the targets; what is known stays");
    app->add_option("TARGET", o->targets, "Names of targets (default: all that are configured)");
    app->add_option("--catalog", o->catalog, kUrl);
    add_notify_commands(grammar);
}

}  // namespace cofre::cli
