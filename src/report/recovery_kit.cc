#include "report/recovery_kit.h"

#include "base/utf8.h"
#include "crypto/digest.h"

namespace cofre::report {
namespace {

/// What a terminal and a pen show as it is.
bool is_printable(std::string_view text) {
    return escape_controls(text) == text;
}

bool is_typeable(std::string_view password) {
    return is_printable(password) && !password.starts_with(' ') && !password.ends_with(' ');
}

}  // namespace

Result<KitLanguage> parse_kit_language(std::string_view text) {
    if (text == "en") return KitLanguage::kEnglish;
    if (text == "pt-BR" || text == "pt") return KitLanguage::kPortuguese;
    return Error(ErrorCode::kInvalidArgument, "language \"" + std::string(text) + "\" is not one of en, pt-BR");
}

std::string_view to_string(KitLanguage language) {
    return language == KitLanguage::kPortuguese ? "pt-BR" : "en";
}

std::string RecoveryKit::fingerprint() const {
    return crypto::sha256(repository_id).hex();
}

Status RecoveryKit::check_printable() const {
    for (const auto& text : {location.restic_name, location.region, location.role_arn, location.ca_bundle}) {
        if (is_printable(text)) continue;
        return Error(ErrorCode::kUnsupported, "\"" + escape_for_display(text) +
                                                  "\" cannot be printed and typed again, so there is no kit of it");
    }
    if (password && !is_typeable(password->reveal())) {
        return Error(ErrorCode::kUnsupported,
                     "the password cannot be printed: it has spaces at an end, or bytes that "
                     "are no letters")
            .with_hint("make the kit without --with-password");
    }
    return {};
}

}  // namespace cofre::report
