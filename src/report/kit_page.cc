#include "report/kit_page.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "report/kit_commands.h"
#include "report/kit_words.h"

namespace cofre::report {
namespace {

constexpr std::size_t kShortId = 8;

class KitPage {
public:
    KitPage(const RecoveryKit& kit, KitLanguage language)
        : kit_(kit), words_(kit_words(language)), commands_(kit_commands(kit.location)) {}

    Page build() && {
        add(BlockKind::kTitle, words_.title, escape_controls(kit_.location.description));
        if (kit_.password) add(BlockKind::kWarning, "", words_.password_warning);
        text(words_.lead);
        add_repository();
        add_needed();
        add_restic();
        add_cofre();
        add_trouble();
        add(BlockKind::kFooter, "", fmt::format(fmt::runtime(words_.footer), kit_.program));
        return std::move(page_);
    }

private:
    void add(BlockKind kind, std::string label, std::string text) {
        page_.blocks.push_back({kind, std::move(label), std::move(text)});
    }
    void heading(const char* words) { add(BlockKind::kHeading, words, ""); }
    void text(const char* words) { add(BlockKind::kText, "", words); }
    void blank(const char* label) { add(BlockKind::kBlank, label, ""); }
    void fact(const char* label, const std::string& value) {
        if (!value.empty()) add(BlockKind::kFact, label, value);
    }
    void command(const std::vector<KitCommand>& commands, KitStep step) {
        if (const auto* found = find_command(commands, step)) add(BlockKind::kCommand, "", found->text);
    }

    void add_repository() {
        const auto& place = kit_.location;
        heading(words_.repository);
        fact(words_.bucket, place.bucket);
        fact(words_.prefix, place.prefix);
        fact(words_.endpoint, place.endpoint);
        fact(words_.region, place.region);
        fact(words_.role, place.role_arn);
        fact(words_.certificate, place.ca_bundle);
        fact(words_.folder, place.folder);
        fact(words_.id, kit_.repository_id);
        fact(words_.fingerprint, kit_.fingerprint());
        fact(words_.format, fmt::format(fmt::runtime(words_.format_value), kit_.format_version));
        add_keys();
        fact(words_.made,
             fmt::format(fmt::runtime(words_.made_by), kit_.made_at, escape_for_display(kit_.made_by), kit_.program));
    }

    void add_keys() {
        const auto shown = std::min(kit_.keys.size(), kKitKeys);
        for (std::size_t i = 0; i < shown; ++i) {
            const auto& key = kit_.keys[i];
            auto value = fmt::format("{}  {}@{}  {}", key.id.substr(0, kShortId), escape_for_display(key.user),
                                     escape_for_display(key.host), escape_for_display(key.created.substr(0, 10)));
            add(BlockKind::kFact, fmt::format(fmt::runtime(words_.key), i + 1), std::move(value));
        }
        if (shown < kit_.keys.size()) {
            add(BlockKind::kFact, "...", fmt::format(fmt::runtime(words_.more_keys), kit_.keys.size() - shown));
        }
    }

    void add_needed() {
        heading(words_.needed);
        if (kit_.password) {
            fact(words_.password, std::string(kit_.password->reveal()));
        } else {
            blank(words_.password_line);
        }
        if (kit_.location.is_s3) {
            blank(words_.storage_keys_line);
            text(words_.storage_keys);
        } else {
            text(words_.folder_needed);
        }
    }

    void add_exports() {
        text(kit_.location.is_s3 ? words_.exports_s3 : words_.exports_folder);
        command(commands_.exports, KitStep::kAccess);
        command(commands_.exports, KitStep::kPlace);
    }

    void add_restic() {
        heading(words_.program);
        if (commands_.restic.empty()) {
            add(BlockKind::kWarning, "", words_.no_restic);
        } else {
            text(words_.program_text);
            command(commands_.restic, KitStep::kInstall);
        }
        heading(words_.restore);
        add_exports();
        if (!commands_.restic.empty()) add_verbs(commands_.restic);
    }

    void add_verbs(const std::vector<KitCommand>& commands) {
        text(words_.list);
        command(commands, KitStep::kList);
        text(words_.restore_text);
        command(commands, KitStep::kRestore);
        text(words_.mount);
        command(commands, KitStep::kMount);
        text(words_.check);
        command(commands, KitStep::kCheck);
    }

    void add_cofre() {
        heading(words_.with_cofre);
        text(words_.with_cofre_text);
        for (const auto step : {KitStep::kList, KitStep::kRestore, KitStep::kMount, KitStep::kCheck}) {
            command(commands_.cofre, step);
        }
    }

    void add_trouble() {
        heading(words_.trouble);
        text(words_.fits);
        command(commands_.restic.empty() ? commands_.cofre : commands_.restic, KitStep::kFits);
        text(words_.trouble_text);
        text(words_.future);
    }

    const RecoveryKit& kit_;
    const KitWords& words_;
    KitCommands commands_;
    Page page_;
};

}  // namespace

Page kit_page(const RecoveryKit& kit, KitLanguage language) {
    return KitPage(kit, language).build();
}

std::string_view kit_title(KitLanguage language) {
    return kit_words(language).title;
}

}  // namespace cofre::report
