#include <algorithm>
#include <functional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "cli/app.h"
#include "cli/doctor_checks.h"
#include "cli/job_runner.h"

namespace cofre::cli {
namespace {

using DoctorJson = nlohmann::ordered_json;

/// Shows each part as soon as it is known, and keeps all for --json.
class Doctor {
public:
    explicit Doctor(const App& app) : app_(app) {}

    /// Looks, unless something before has ended it. `what`: shown meanwhile.
    template <typename Look>
    void part(std::string_view what, Look look) {
        if (ended_by_) return;
        if (app_.console.is_terminal()) app_.console.status_line("looking at the " + std::string(what));
        Result<Diagnosis> diagnosis = look();
        if (app_.console.is_terminal()) app_.console.status_line("");
        if (!diagnosis) {
            ended_by_ = std::move(diagnosis).error();
            return;
        }
        if (!app_.console.json()) show(app_.console, *diagnosis);
        parts_.push_back(*std::move(diagnosis));
    }

    bool last_is_healthy() const { return !ended_by_ && !parts_.empty() && parts_.back().is_healthy(); }
    const std::optional<Error>& ended_by() const { return ended_by_; }

    int finish(const std::string& target) const {
        std::size_t bad = 0;
        std::size_t warnings = 0;
        DoctorJson sections = DoctorJson::array();
        for (const auto& part : parts_) {
            for (const auto& finding : part.findings) {
                if (finding.health == Health::kBad) ++bad;
                if (finding.health == Health::kWarning) ++warnings;
            }
            sections.push_back(to_json(part));
        }
        const auto plural = [](std::size_t count, const std::string& word) {
            return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
        };
        app_.console.note(bad == 0 && warnings == 0 ? "nothing is wrong"
                                                    : plural(bad, "fault") + ", " + plural(warnings, "warning"));
        const DoctorJson out = {{"target", redact(target)},
                                {"healthy", bad == 0},
                                {"faults", bad},
                                {"warnings", warnings},
                                {"sections", std::move(sections)}};
        app_.console.print_json(out.dump(-1, ' ', false, DoctorJson::error_handler_t::replace));
        return bad == 0 ? kExitDone : kExitFatal;
    }

private:
    const App& app_;
    std::vector<Diagnosis> parts_;
    std::optional<Error> ended_by_;
};

Diagnosis not_opened(const Error& error) {
    return {.check = "target",
            .findings = {{.subject = "target", .health = Health::kBad, .text = error.message(), .hint = error.hint()}}};
}

void measure_throughput(const App& app, const DoctorOptions& options, config::TargetConfig target, Doctor& doctor) {
    if (options.no_throughput) return;
    // Several parts at once, as a large file is sent.
    target.multipart_threshold = 16_MiB;
    target.part_size = 16_MiB;
    doctor.part("throughput", [&]() -> Result<Diagnosis> {
        auto open = daemon::open_target(target, daemon::Absent::kFail);
        if (!open) return not_opened(open.error());
        return diagnose_throughput(app, *open);
    });
}

void examine_bucket(const App& app, const DoctorOptions& options, const config::TargetConfig& target, Doctor& doctor) {
    const auto store = daemon::s3_options_for(target);
    if (!store) {
        doctor.part("target", [&]() -> Result<Diagnosis> { return not_opened(store.error()); });
        return;
    }
    bool reached = false;
    doctor.part("network", [&] { return diagnose_network(app, *store, reached); });
    doctor.part("credentials", [&] { return diagnose_credentials(app, target); });
    if (!reached || !doctor.last_is_healthy()) return;
    doctor.part("access", [&] { return diagnose_access(app, target, *store); });
    const bool may_work = doctor.last_is_healthy();
    const auto open = daemon::open_target(target, daemon::Absent::kFail, default_state_folder());
    if (!open) {
        doctor.part("target", [&]() -> Result<Diagnosis> { return not_opened(open.error()); });
        return;
    }
    doctor.part("unfinished uploads", [&] { return diagnose_uploads(app, *open); });
    doctor.part("bucket", [&] { return diagnose_bucket(app, *store, *open); });
    if (may_work) measure_throughput(app, options, target, doctor);
}

}  // namespace

int run_command(const App& app, const DoctorOptions& options) {
    const auto target = resolve_target(app, options.target, "");
    if (!target) return fail(app, target.error());
    Doctor doctor(app);
    doctor.part("state folder", [&] { return diagnose_state(app, default_state_folder()); });
    if (target->kind == config::TargetKind::kS3) {
        examine_bucket(app, options, *target, doctor);
    } else {
        doctor.part("folder", [&] { return diagnose_folder(app, *target); });
        if (doctor.last_is_healthy()) measure_throughput(app, options, *target, doctor);
    }
    if (doctor.ended_by()) return fail(app, *doctor.ended_by());
    return doctor.finish(target->url);
}

}  // namespace cofre::cli
