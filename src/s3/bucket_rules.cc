#include "s3/bucket_rules.h"

namespace cofre::s3 {

std::string_view word_for(Versioning versioning) {
    switch (versioning) {
        case Versioning::kOff: return "off";
        case Versioning::kEnabled: return "enabled";
        case Versioning::kSuspended: return "suspended";
    }
    return "unknown";
}

std::string_view word_for(RetentionMode mode) {
    return mode == RetentionMode::kCompliance ? "COMPLIANCE" : "GOVERNANCE";
}

}  // namespace cofre::s3
