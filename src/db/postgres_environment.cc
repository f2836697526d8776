#include "db/postgres_environment.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include <libpq-fe.h>

namespace cofre::db {
namespace {

/// For keywords that take no empty value: what libpq has without environment.
std::string neutral_value(std::string_view keyword) {
    static const std::map<std::string_view, std::string> values = {
        {"channel_binding", "prefer"},     {"sslmode", "prefer"},
        {"sslcompression", "0"},           {"sslsni", "1"},
        {"sslcertmode", "allow"},          {"sslnegotiation", "postgres"},
        {"gssencmode", "prefer"},          {"gssdelegation", "0"},
        {"krbsrvname", "postgres"},        {"target_session_attrs", "any"},
        {"load_balance_hosts", "disable"}, {"ssl_min_protocol_version", "TLSv1.2"},
        {"connect_timeout", "0"},
    };
    const auto found = values.find(keyword);
    return found == values.end() ? std::string() : found->second;
}

}  // namespace

bool is_given(const PostgresParameters& parameters, std::string_view keyword) {
    return std::any_of(parameters.begin(), parameters.end(), [&](const auto& one) { return one.first == keyword; });
}

void pin_environment(PostgresParameters& parameters) {
    struct OptionsDeleter {
        void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
    };
    const std::unique_ptr<PQconninfoOption, OptionsDeleter> options(PQconndefaults());
    if (!options) return;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string_view keyword = option->keyword;
        if (option->envvar == nullptr || keyword == "service" || is_given(parameters, keyword)) continue;
        const char* const value = std::getenv(option->envvar);  // NOLINT(concurrency-mt-unsafe): nothing sets it.
        if (value != nullptr) parameters.emplace_back(keyword, neutral_value(keyword));
    }
}

}  // namespace cofre::db
