#include "aws/sts_error.h"

#include <algorithm>
#include <array>

#include <pugixml.hpp>

#include "aws/credential_parts.h"

namespace cofre::aws {
namespace {

constexpr std::array<std::string_view, 10> kPassing = {
    "Throttling",           "ThrottlingException",    "ThrottledException",    "RequestThrottled",
    "RequestLimitExceeded", "TooManyRequests",        "IDPCommunicationError", "IDPCommunicationErrorException",
    "ServiceUnavailable",   "RequestTimeoutException"};

/// What to say and do, by STS's code.
struct CodeRow {
    std::string_view code;
    ErrorCode ours;
    std::string_view hint;
};

constexpr std::string_view kTrustHint =
    "allow it in two places: a policy of the caller (sts:AssumeRole on this role), and the trust policy of the role "
    "(its Principal and conditions, such as the external id or the service account)";
constexpr std::string_view kTokenHint =
    "check that the token file is the one that the platform renews, and that its issuer and audience are registered "
    "as an identity provider of the account";

constexpr std::string_view kKeyHint =
    "STS does not know the key that signs: check the access key id, and that it belongs to this endpoint";
constexpr std::string_view kRenewHint = "the token or base credentials must be renewed first";

constexpr std::array kRows = {
    CodeRow{"AccessDenied", ErrorCode::kPermissionDenied, kTrustHint},
    CodeRow{"AccessDeniedException", ErrorCode::kPermissionDenied, kTrustHint},
    CodeRow{"InvalidIdentityToken", ErrorCode::kUnauthenticated, kTokenHint},
    CodeRow{"IDPRejectedClaim", ErrorCode::kUnauthenticated, kTokenHint},
    CodeRow{"ExpiredTokenException", ErrorCode::kUnauthenticated, kRenewHint},
    CodeRow{"ExpiredToken", ErrorCode::kUnauthenticated, kRenewHint},
    CodeRow{"InvalidClientTokenId", ErrorCode::kUnauthenticated, kKeyHint},
    CodeRow{"InvalidAccessKeyId", ErrorCode::kUnauthenticated, kKeyHint},
    CodeRow{"UnrecognizedClientException", ErrorCode::kUnauthenticated, kKeyHint},
    CodeRow{"SignatureDoesNotMatch", ErrorCode::kUnauthenticated,
            "check the secret access key: copied whole, and of the same pair as the id"},
    CodeRow{"RegionDisabledException", ErrorCode::kUnsupported,
            "activate STS in this region in the account's settings, or set AWS_STS_REGIONAL_ENDPOINTS=legacy"},
    CodeRow{"ValidationError", ErrorCode::kInvalidArgument,
            "check role_arn, role_session_name, external_id, and that duration_seconds is from 900 to the maximum of "
            "the role (3600 where one role assumes another)"},
    CodeRow{"NoSuchEntity", ErrorCode::kInvalidArgument, "check role_arn: there is no such role"},
};

const CodeRow* find_row(std::string_view code) {
    const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&](const auto& r) { return r.code == code; });
    return row == kRows.end() ? nullptr : row;
}

ErrorCode code_for_status(int status) {
    if (status == 401) return ErrorCode::kUnauthenticated;
    if (status == 403) return ErrorCode::kPermissionDenied;
    return status >= 300 && status < 400 ? ErrorCode::kUnsupported : ErrorCode::kInvalidArgument;
}

std::string without(std::string text, std::string_view hidden) {
    if (hidden.empty()) return text;
    for (auto at = text.find(hidden); at != std::string::npos; at = text.find(hidden))
        text.replace(at, hidden.size(), "***");
    return text;
}

}  // namespace

StsFailure read_sts_failure(const net::HttpResponse& response) {
    StsFailure failure;
    failure.status = response.status;
    failure.request_id = response.header("x-amzn-requestid");
    pugi::xml_document document;
    if (!document.load_buffer(response.body.data(), response.body.size(), pugi::parse_default, pugi::encoding_utf8)) {
        return failure;
    }
    const pugi::xml_node root = document.document_element();
    const pugi::xml_node error = std::string_view(root.name()) == "Error" ? root : root.child("Error");
    failure.code = error.child_value("Code");
    failure.message = error.child_value("Message");
    if (failure.request_id.empty()) failure.request_id = root.child_value("RequestId");
    return failure;
}

bool is_passing(const StsFailure& failure) {
    return failure.status >= 500 || failure.status == 429 ||
           std::find(kPassing.begin(), kPassing.end(), failure.code) != kPassing.end();
}

bool is_about_time(const StsFailure& failure) {
    if (failure.code == "RequestTimeTooSkewed" || failure.code == "RequestExpired") return true;
    return failure.code == "SignatureDoesNotMatch" && (failure.message.find("expired") != std::string::npos ||
                                                       failure.message.find("not yet current") != std::string::npos);
}

Error to_error(const StsFailure& failure, std::string_view operation, std::string_view hidden) {
    std::string text(operation);
    text += ": STS answered " + (failure.code.empty() ? "" : quote_reply(failure.code) + " ") + "(HTTP " +
            std::to_string(failure.status) +
            (failure.request_id.empty() ? "" : ", request " + quote_reply(failure.request_id)) + ")";
    if (!failure.message.empty()) text += ": " + quote_reply(without(failure.message, hidden));
    if (is_passing(failure)) return {ErrorCode::kUnavailable, std::move(text)};
    if (is_about_time(failure)) {
        return Error(ErrorCode::kUnauthenticated, std::move(text)).with_hint("set this machine's clock, with NTP");
    }
    if (const CodeRow* const row = find_row(failure.code)) {
        return Error(row->ours, std::move(text)).with_hint(row->hint);
    }
    return Error(code_for_status(failure.status), std::move(text))
        .with_hint("check that the endpoint is one of STS (AWS_ENDPOINT_URL_STS)");
}

}  // namespace cofre::aws
