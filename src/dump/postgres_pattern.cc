#include "dump/postgres_pattern.h"

#include <utility>

namespace cofre::dump {
namespace {

constexpr std::string_view kRegexSigns = "|*+?()[]{}.^\\";

/// processSQLNamePattern() of PostgreSQL 15, for one name of up to two parts.
class PatternReader {
public:
    explicit PatternReader(bool has_parts) : has_parts_(has_parts) {}

    NamePattern read(std::string_view pattern) {
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            const char c = pattern[i];
            if (c == '"') {
                // A doubled quote inside of quotes is one of the name's.
                if (in_quotes_ && i + 1 < pattern.size() && pattern[i + 1] == '"') {
                    part_ += '"';
                    ++i;
                } else {
                    in_quotes_ = !in_quotes_;
                }
            } else {
                take(c, i + 1 < pattern.size() ? pattern[i + 1] : '\0');
            }
        }
        return {schema_.empty() ? "" : anchored(schema_), anchored(part_)};
    }

private:
    static std::string anchored(const std::string& expression) { return "^(" + expression + ")$"; }

    void take(char c, char next) {
        if (c == '$') {
            part_ += "\\$";  // In quotes and outside.
        } else if (in_quotes_) {
            if (kRegexSigns.find(c) != std::string_view::npos) part_ += '\\';
            part_ += c;
        } else if (c >= 'A' && c <= 'Z') {
            part_ += static_cast<char>(c - 'A' + 'a');
        } else if (c == '*') {
            part_ += ".*";
        } else if (c == '?') {
            part_ += '.';
        } else if (c == '.' && has_parts_) {
            schema_ = std::exchange(part_, {});
        } else {
            if (c == '[' && next == ']') part_ += '\\';  // int[] is no class of characters.
            part_ += c;
        }
    }

    bool has_parts_;
    bool in_quotes_ = false;
    std::string schema_;
    std::string part_;
};

class ConditionBuilder {
public:
    explicit ConditionBuilder(const std::string& search_path) { condition_.values.push_back(search_path); }

    std::string any_table(const std::vector<std::string>& patterns) {
        std::string sql;
        for (const auto& pattern : patterns) {
            const auto parsed = parse_name_pattern(pattern);
            sql += sql.empty() ? "(" : " OR ";
            sql += "(c.relname ~ " + bind(parsed.name) + " AND ";
            sql += parsed.schema.empty() ? std::string("n.nspname::text = ANY ($1::text[])")
                                         : "n.nspname ~ " + bind(parsed.schema);
            sql += ")";
        }
        return sql.empty() ? "false" : sql + ")";
    }

    std::string any_schema(const std::vector<std::string>& patterns) {
        std::string sql;
        for (const auto& pattern : patterns) {
            sql += sql.empty() ? "(" : " OR ";
            sql += "n.nspname ~ " + bind(PatternReader(/*has_parts=*/false).read(pattern).name);
        }
        return sql.empty() ? "false" : sql + ")";
    }

    TableCondition finish(std::string sql) && {
        // Named once, so that the server knows its type.
        condition_.sql = "($1::text[] IS NOT NULL AND " + std::move(sql) + ")";
        return std::move(condition_);
    }

private:
    std::string bind(std::string value) {
        condition_.values.push_back(std::move(value));
        return "$" + std::to_string(condition_.values.size()) + "::text";
    }

    TableCondition condition_;
};

}  // namespace

NamePattern parse_name_pattern(std::string_view pattern) {
    return PatternReader(/*has_parts=*/true).read(pattern);
}

TableCondition table_condition(const PostgresOptions& options, const std::string& search_path) {
    ConditionBuilder builder(search_path);
    std::string sql;
    if (!options.tables.empty()) {
        sql = builder.any_table(options.tables);  // Then -n and -N do not count.
    } else {
        sql = options.schemas.empty() ? "true" : builder.any_schema(options.schemas);
        if (!options.exclude_schemas.empty()) sql += " AND NOT " + builder.any_schema(options.exclude_schemas);
    }
    if (!options.exclude_tables.empty()) sql += " AND NOT " + builder.any_table(options.exclude_tables);
    return std::move(builder).finish(std::move(sql));
}

TableCondition data_exclusion(const PostgresOptions& options, const std::string& search_path) {
    ConditionBuilder builder(search_path);
    std::string sql = builder.any_table(options.exclude_table_data);
    return std::move(builder).finish(std::move(sql));
}

}  // namespace cofre::dump
