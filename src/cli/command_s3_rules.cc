// `s3 lifecycle` and `s3 cors`.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/app.h"
#include "config/bucket_rules_file.h"

namespace cofre::cli {
namespace {

constexpr std::size_t kMaxRulesFile = 1U << 20U;

Status apply_rules(const App& app, const S3RulesOptions& options, const s3::BucketAdmin& admin) {
    COFRE_ASSIGN(const auto text, read_small_file(options.file, kMaxRulesFile));
    std::size_t count = 0;
    if (options.kind == "cors") {
        COFRE_ASSIGN(const auto rules, config::parse_cors_rules(text, options.file.native()));
        COFRE_TRY(admin.set_cors(app.ctx, rules));
        count = rules.size();
    } else {
        COFRE_ASSIGN(const auto rules, config::parse_lifecycle_rules(text, options.file.native()));
        COFRE_TRY(admin.set_lifecycle(app.ctx, rules));
        count = rules.size();
    }
    app.console.note(fmt::format("{} {} rules applied", count, options.kind));
    app.console.print_json(nlohmann::ordered_json({{"rules", count}}).dump());
    return {};
}

Result<std::string> shown_rules(const App& app, const S3RulesOptions& options, const s3::BucketAdmin& admin) {
    if (options.kind == "cors") {
        COFRE_ASSIGN(const auto rules, admin.cors(app.ctx));
        return config::cors_rules_json(rules);
    }
    COFRE_ASSIGN(const auto rules, admin.lifecycle(app.ctx));
    for (const auto& rule : rules) {
        for (const auto& element : rule.not_understood) {
            app.console.warning("rule " + rule.id + " holds \"" + element +
                                "\", which is not shown and would be lost by `apply`");
        }
    }
    return config::lifecycle_rules_json(rules);
}

Status change_rules(const App& app, const S3RulesOptions& options) {
    COFRE_ASSIGN(const auto target, resolve_target(app, options.target, ""));
    COFRE_ASSIGN(const auto open, daemon::open_target(target, daemon::Absent::kFail));
    if (open.s3 == nullptr) {
        return Error(ErrorCode::kUnsupported, "s3 " + options.kind + " " + open.description + ": is not a bucket");
    }
    const auto admin = open.s3->bucket_admin();
    if (options.action == "apply") return apply_rules(app, options, admin);
    if (options.action == "clear") {
        COFRE_TRY(options.kind == "cors" ? admin.clear_cors(app.ctx) : admin.clear_lifecycle(app.ctx));
        app.console.note(options.kind + " rules removed");
        app.console.print_json(R"({"rules":0})");
        return {};
    }
    COFRE_ASSIGN(const auto document, shown_rules(app, options, admin));
    if (!app.console.json()) app.console.print(document);
    app.console.print_json(nlohmann::ordered_json::parse(document, nullptr, /*allow_exceptions=*/false).dump());
    return {};
}

}  // namespace

int run_command(const App& app, const S3RulesOptions& options) {
    const Status status = change_rules(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
