// Variables of the programs that cofre replaces: SLACK_*, DISCORD_*, TEAMS_*,
// WEBHOOK_*, NOTIFY_STDOUT*, EMAIL_*, SEQ_*, LOG_*, APP_ENV.
#include "base/number.h"
#include "base/utf8.h"
#include "config/read_form.h"

namespace cofre::config {
namespace {

constexpr int kSmtpsPort = 465;

Error wrong_variable(const std::string& name, const std::string& cause) {
    return {ErrorCode::kInvalidArgument, "variable " + name + ": " + cause};
}

class EnvironmentChannels {
public:
    EnvironmentChannels(const Variables& variables, NotificationsConfig& out) : variables_(variables), out_(out) {}

    Status read() {
        COFRE_TRY(add_webhook("slack", "SLACK_"));
        COFRE_TRY(add_webhook("discord", "DISCORD_"));
        COFRE_TRY(add_webhook("teams", "TEAMS_"));
        COFRE_TRY(add_generic());
        COFRE_TRY(add_email());
        return add_stdout();
    }

private:
    std::string get(const std::string& name) const {
        const auto found = variables_.find(name);
        return found ? found->value : std::string();
    }

    Result<bool> flag(const std::string& name, bool fallback) const {
        std::string value = get(name);
        for (char& c : value)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (value.empty()) return fallback;
        if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
        if (value == "false" || value == "0" || value == "no" || value == "off") return false;
        return wrong_variable(name, "is neither true nor false");
    }

    Status add_webhook(const char* type, const std::string& prefix) {
        const std::string url = get(prefix + "WEBHOOK_URL");
        if (url.empty()) return {};
        ChannelConfig channel;
        channel.name = channel.type = type;
        channel.url = Secret(url);
        channel.channel = get(prefix + "CHANNEL");
        channel.username = get(prefix + "USERNAME");
        COFRE_ASSIGN(channel.success, flag(prefix + "NOTIFY_SUCCESS", false));
        out_.channels.push_back(std::move(channel));
        return {};
    }

    Status add_generic() {
        const std::string url = get("WEBHOOK_URL");
        if (url.empty()) return {};
        ChannelConfig channel;
        channel.name = channel.type = "webhook";
        channel.url = Secret(url);
        channel.auth_header = Secret(get("WEBHOOK_AUTH_HEADER"));
        COFRE_ASSIGN(channel.success, flag("WEBHOOK_NOTIFY_SUCCESS", false));
        out_.channels.push_back(std::move(channel));
        return {};
    }

    Status add_stdout() {
        COFRE_ASSIGN(const bool is_on, flag("NOTIFY_STDOUT", false));
        if (!is_on) return {};
        ChannelConfig channel;
        channel.name = channel.type = "stdout";
        COFRE_ASSIGN(channel.success, flag("NOTIFY_STDOUT_SUCCESS", false));
        out_.channels.push_back(std::move(channel));
        return {};
    }

    /// Successes and errors, as its predecessor mailed both.
    Status add_email() {
        const std::string host = get("EMAIL_SMTP");
        if (host.empty()) return {};
        ChannelConfig channel;
        channel.name = channel.type = "email";
        channel.host = host;
        channel.port = 587;
        if (const std::string port = get("EMAIL_PORT"); !port.empty()) {
            const auto number = parse_number<std::uint16_t>(port);
            if (!number || *number == 0) return wrong_variable("EMAIL_PORT", "is not a port");
            channel.port = *number;
        }
        channel.user = get("EMAIL_USER");
        channel.password = Secret(get("EMAIL_PASSWORD"));
        channel.from = get("EMAIL_FROM");
        if (channel.from.empty()) channel.from = channel.user;
        if (channel.from.empty()) return wrong_variable("EMAIL_FROM", "is not set, but EMAIL_SMTP asks for mails");
        channel.to = recipients(get("EMAIL_TO"));
        if (channel.to.empty()) return wrong_variable("EMAIL_TO", "is not set, but EMAIL_SMTP asks for mails");
        channel.security = channel.port == kSmtpsPort ? "tls" : "starttls";
        channel.success = true;
        out_.channels.push_back(std::move(channel));
        return {};
    }

    static std::vector<std::string> recipients(const std::string& list) {
        std::vector<std::string> result(1);
        for (const char c : list) {
            if (c == ',' || c == ';') result.emplace_back();
            if (c != ',' && c != ';' && (c != ' ' || !result.back().empty())) result.back() += c;
        }
        std::erase_if(result, [](const std::string& each) { return each.empty(); });
        return result;
    }

    const Variables& variables_;
    NotificationsConfig& out_;
};

}  // namespace

Status add_environment_channels(const Variables& variables, NotificationsConfig& notifications) {
    return EnvironmentChannels(variables, notifications).read();
}

Status read_environment_logging(const Variables& variables, LoggingConfig& logging) {
    const auto get = [&](const char* name) {
        const auto found = variables.find(name);
        return found ? found->value : std::string();
    };
    if (const auto level = get("LOG_LEVEL"); !level.empty()) {
        const auto parsed = parse_log_level(level);
        if (!parsed) return wrong_variable("LOG_LEVEL", parsed.error().message());
        logging.level = *parsed;
    }
    if (const auto format = get("LOG_FORMAT"); !format.empty()) {
        const bool is_json = format == "json";
        if (!is_json && format != "text" && format != "console") {
            return wrong_variable("LOG_FORMAT", "\"" + escape_for_display(format) + "\" is neither text nor json");
        }
        logging.format = is_json ? "json" : "text";
    }
    logging.seq_url = get("SEQ_URL");
    logging.seq_api_key = Secret(get("SEQ_API_KEY"));
    if (const auto environment = get("APP_ENV"); !environment.empty()) {
        logging.seq_properties["Environment"] = environment;
    }
    return {};
}

}  // namespace cofre::config
