#include "cli/step_reporter.h"

namespace cofre::cli {

repo::OnStep StepReporter::on_step() {
    return [this](const repo::StepProgress& progress) {
        shown_.with([&](Shown& shown) {
            if (shown.step != progress.step) {
                shown.display.reset();  // Before the next one: there is one last line.
                shown.step = progress.step;
                shown.display = std::make_unique<StepDisplay>(app_.console, app_.clock, shown.step, "");
            }
            shown.display->set_total(progress.total);
            shown.display->set_done(progress.done);
        });
    };
}

void StepReporter::finish() {
    shown_.with([](Shown& shown) {
        shown.display.reset();
        shown.step.clear();
    });
}

}  // namespace cofre::cli
