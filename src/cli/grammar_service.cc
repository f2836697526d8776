// serve, jobs, trigger, pause, resume.
#include "cli/grammar.h"

namespace cofre::cli {

void add_service_commands(Grammar& grammar) {
    {
        const auto [app, o] = grammar.command<ServeOptions>(grammar.root(), "serve",
                                                            "Run jobs by their schedules, and show how they are");
        app->add_option("--listen", o->listen,
                        "host:port, *:port, unix:/path or systemd, instead of what is configured (repeatable)");
    }
    grammar.command<JobsOptions>(grammar.root(), "jobs", "Show jobs, their last results and their next runs");
    using Action = JobControlOptions::Action;
    struct Control {
        const char* name;
        const char* description;
        Action action;
    };
    for (const auto& control : {Control{"trigger", "Have the running service run a job now", Action::kTrigger},
                                Control{"pause", "Skip a job's due times until `resume`", Action::kPause},
                                Control{"resume", "End a pause", Action::kResume}}) {
        const auto [app, o] = grammar.command<JobControlOptions>(grammar.root(), control.name, control.description);
        o->action = control.action;
        app->add_option("JOB", o->job, "Name of a job")->required();
    }
}

}  // namespace cofre::cli
