#include "config/variables.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "config/expansion.h"
#include "config/yaml_tree.h"

namespace cofre::config {
namespace {

constexpr std::size_t kMaxDotEnvBytes = 1U << 20U;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// One assignment of the file, before ${...} is replaced.
struct RawAssignment {
    std::string name;
    std::string value;
    bool is_literal = false;  ///< In single quotes.
    std::size_t line = 0;
};

class DotEnvReader {
public:
    DotEnvReader(std::string_view text, std::string_view file) : rest_(text), file_(file) {}

    /// nullopt: the end.
    Result<std::optional<RawAssignment>> next() {
        while (!rest_.empty()) {
            skip_blanks();
            if (!rest_.empty() && rest_.front() != '#' && rest_.front() != '\n') return take_assignment();
            skip_line();
        }
        return std::optional<RawAssignment>();
    }

private:
    Error error(std::string_view cause) const { return error_at(file_, {line_, 0}, cause); }

    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front()))
            rest_.remove_prefix(1);
    }

    std::string_view take_line() {
        const auto end = std::min(rest_.find('\n'), rest_.size());
        const auto line = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        ++line_;
        return line;
    }
    void skip_line() { take_line(); }

    Result<std::optional<RawAssignment>> take_assignment() {
        RawAssignment result;
        result.line = line_;
        const auto equals = rest_.substr(0, rest_.find('\n')).find('=');
        if (equals == std::string_view::npos) return error("a line of the form NAME=value is expected");
        auto name = trim(rest_.substr(0, equals));
        if (name.starts_with("export ") || name.starts_with("export\t")) name = trim(name.substr(7));
        if (!is_variable_name(name)) return error("a line of the form NAME=value is expected");
        result.name = name;
        rest_.remove_prefix(equals + 1);
        skip_blanks();
        if (rest_.starts_with('\'') || rest_.starts_with('"')) {
            result.is_literal = rest_.front() == '\'';
            COFRE_ASSIGN(result.value, take_quoted(result.line));
        } else {
            result.value = bare_value(take_line());
        }
        return std::optional<RawAssignment>(std::move(result));
    }

    static std::string bare_value(std::string_view line) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (line[i] == '#' && (i == 0 || is_blank(line[i - 1]))) line = line.substr(0, i);
        }
        return std::string(trim(line));
    }

    Result<std::string> take_quoted(std::size_t first_line) {
        const char quote = rest_.front();
        std::string value;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            const char c = rest_[i];
            if (c == quote) {
                rest_.remove_prefix(i + 1);
                const auto behind = trim(take_line());
                if (!behind.empty() && behind.front() != '#') return error_behind_quote(first_line);
                return value;
            }
            if (c == '\n') ++line_;
            if (c == '\\' && quote == '"' && i + 1 < rest_.size()) {
                value += unescape(rest_.substr(++i));
            } else {
                value += c;
            }
        }
        return error_at(file_, {first_line, 0}, "the quote is not closed");
    }

    Error error_behind_quote(std::size_t first_line) const {
        return error_at(file_, {first_line, 0}, "text behind the closing quote");
    }

    static std::string unescape(std::string_view behind_backslash) {
        const char c = behind_backslash.front();
        switch (c) {
            case 'n': return "\n";
            case 'r': return "\r";
            case 't': return "\t";
            case '"':
            case '\\': return {c};
            case '$': return behind_backslash.starts_with("${") ? "$$" : "$";  // Expander makes one of two.
            default: return {'\\', c};
        }
    }

    std::string_view rest_;
    std::string_view file_;
    std::size_t line_ = 1;
};

}  // namespace

Status Variables::add_dot_env(std::string_view text, std::string_view file) {
    dot_env_file_ = file;
    if (text.size() > kMaxDotEnvBytes) {
        return Error(ErrorCode::kResourceExhausted, std::string(file) + ": longer than 1 MiB");
    }
    if (text.find('\0') != std::string_view::npos || !is_utf8(text)) {
        return Error(ErrorCode::kInvalidArgument, std::string(file) + ": not UTF-8 text");
    }
    text = without_byte_order_mark(text);
    DotEnvReader reader(text, file);
    const auto no_files = [](const std::filesystem::path&) -> Result<std::string> {
        return Error(ErrorCode::kInvalidArgument, "not in a .env file");
    };
    Expander expander(*this, PathBase{"/", {}}, no_files);
    for (;;) {
        COFRE_ASSIGN(auto assignment, reader.next());
        if (!assignment) return {};
        if (!assignment->is_literal) {
            auto expanded = expander.expand(assignment->value);
            if (!expanded) {
                return std::move(expanded).error().context(std::string(file) + ":" + std::to_string(assignment->line));
            }
            assignment->value = std::move(expanded->text);
        }
        dot_env_.insert_or_assign(assignment->name, Assignment{assignment->value, assignment->line});
    }
}

std::optional<Variable> Variables::find(const std::string& name) const {
    const auto found = process_.find(name);
    if (found == process_.end() || found->second.empty()) return find_in_dot_env(name);
    return Variable{found->second, {Origin::Kind::kEnvironment, {}, 0, 0, name}};
}

std::optional<Variable> Variables::find_in_dot_env(const std::string& name) const {
    const auto found = dot_env_.find(name);
    if (found == dot_env_.end() || found->second.value.empty()) return std::nullopt;
    return Variable{found->second.value, {Origin::Kind::kDotEnv, dot_env_file_, found->second.line, 0, name}};
}

bool Variables::dot_env_has_secrets() const {
    static constexpr std::array<std::string_view, 4> kMarks = {"SECRET", "TOKEN", "PASSWORD", "KEY"};
    return std::any_of(dot_env_.begin(), dot_env_.end(), [](const auto& entry) {
        const bool is_marked = std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
            return entry.first.find(mark) != std::string::npos;
        });
        return is_marked && !entry.second.value.empty();
    });
}

}  // namespace cofre::config
