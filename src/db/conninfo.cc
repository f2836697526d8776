#include "db/conninfo.h"

namespace cofre::db {

std::string build_conninfo(const PostgresParameters& parameters) {
    std::string text;
    for (const auto& [keyword, value] : parameters) {
        if (!text.empty()) text += ' ';
        text += keyword + "='";
        for (const char c : value) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        text += '\'';
    }
    return text;
}

std::string quote_identifier(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        if (c == '"') text += '"';
        text += c;
    }
    return text + '"';
}

std::string quote_literal(std::string_view text) {
    std::string quoted = text.find('\\') == std::string_view::npos ? "'" : "E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += c;
        quoted += c;
    }
    return quoted + '\'';
}

}  // namespace cofre::db
