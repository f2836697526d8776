#include "dump/postgres_sections.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/units.h"
#include "base/utf8.h"

namespace cofre::dump {
namespace {

constexpr std::size_t kMaxHeader = 64UL * 1024;
constexpr std::uint64_t kMaxDefinition = 16_MiB;
constexpr std::string_view kDataMark = "-- Data for Name: ";
constexpr std::string_view kNameMark = "-- Name: ";

/// What pg_dump does to names in comments.
std::string in_comment(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

std::string section_quoted(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out += c;
        out += c;
    }
    return out + '"';
}

bool ends_name(std::string_view rest) {
    if (rest.empty()) return true;
    const char c = rest.front();
    const bool is_part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                         c == '$' || c == '"' || static_cast<unsigned char>(c) >= 0x80;
    return !is_part;
}

bool is_definition_of_itself(std::string_view type) {
    constexpr std::array<std::string_view, 5> kTypes = {"TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE",
                                                        "MATERIALIZED VIEW DATA"};
    return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

/// A function, whose body may name any table, does not.
bool belongs_to_a_table(std::string_view type) {
    constexpr std::array<std::string_view, 19> kTypes = {
        "INDEX",         "INDEX ATTACH", "CONSTRAINT",        "CHECK CONSTRAINT", "FK CONSTRAINT",     "DEFAULT",
        "COMMENT",       "STATISTICS",   "ROW SECURITY",      "SEQUENCE",         "TRIGGER",           "RULE",
        "POLICY",        "ACL",          "SEQUENCE OWNED BY", "TABLE ATTACH",     "PUBLICATION TABLE", "SEQUENCE SET",
        "SECURITY LABEL"};
    return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

/// They name what may not be where the table goes.
bool may_refer_elsewhere(std::string_view type) {
    constexpr std::array<std::string_view, 7> kTypes = {"FK CONSTRAINT", "TRIGGER",           "RULE",        "POLICY",
                                                        "ACL",           "PUBLICATION TABLE", "TABLE ATTACH"};
    return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

}  // namespace

std::optional<ScriptSection> parse_section(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    if (line.starts_with(kDataMark)) {
        line.remove_prefix(kDataMark.size());
    } else if (line.starts_with(kNameMark)) {
        line.remove_prefix(kNameMark.size());
    } else {
        return std::nullopt;
    }
    ScriptSection section;
    for (const auto& [mark, part] : {std::pair{std::string_view("; Type: "), &section.name},
                                     std::pair{std::string_view("; Schema: "), &section.type},
                                     std::pair{std::string_view("; Owner:"), &section.schema}}) {
        const auto at = line.find(mark);
        if (at == std::string_view::npos) return std::nullopt;
        *part = line.substr(0, at);
        line.remove_prefix(at + mark.size());
    }
    return section;
}

PostgresSections::PostgresSections(SectionChoice choice, std::set<std::string> sequences)
    : choice_(std::move(choice)), passed_sequences_(std::move(sequences)) {
    for (const auto& table : choice_.tables) {
        spellings_.push_back({table.schema + '.' + table.name, section_quoted(table.schema) + '.' + table.name,
                              table.schema + '.' + section_quoted(table.name),
                              section_quoted(table.schema) + '.' + section_quoted(table.name)});
    }
}

Status PostgresSections::feed(PostgresScript& script, std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto piece = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 1);
        bytes.remove_prefix(piece.size());
        // Only a line that begins between statements can be a header: rows and bodies of functions
        // may hold the same text.
        if (line_.empty() && !script.is_between_statements()) {
            COFRE_TRY(take_line(script, piece, out));
            continue;
        }
        line_ += piece;
        if (!line_.ends_with('\n') && line_.size() < kMaxHeader) continue;
        const std::string line = std::exchange(line_, {});
        COFRE_TRY(take_line(script, line, out));
    }
    return {};
}

Status PostgresSections::take_line(PostgresScript& script, std::string_view line, std::string& out) {
    if (script.is_between_statements()) {
        if (auto section = parse_section(line)) COFRE_TRY(begin_section(*std::move(section), out));
    }
    std::string passed;
    // pg_dump writes these between sections, for all that follow.
    if (section_ && script.is_between_statements() && line.starts_with("SET default_")) {
        COFRE_TRY(end_section(out));
        return script.feed(line, out);
    }
    COFRE_TRY(script.feed(line, passed));
    if (mode_ == Mode::kPass) out += passed;
    if (mode_ != Mode::kHold) return {};
    held_ += passed;
    if (held_.size() <= kMaxDefinition) return {};
    return Error(ErrorCode::kResourceExhausted, "the definition of " + escape_for_display(section_->name) +
                                                    " in the dump is longer than " + format_bytes(kMaxDefinition))
        .with_hint("restore the whole dump under another name, and copy the table from there");
}

Status PostgresSections::begin_section(ScriptSection section, std::string& out) {
    COFRE_TRY(end_section(out));
    section_ = std::move(section);
    if (section_->type == "TABLE DATA") {
        const bool is_chosen =
            is_of_chosen_schema(*section_) || chosen_table(section_->schema, section_->name) != nullptr;
        mode_ = is_chosen ? Mode::kPass : Mode::kDrop;
    } else {
        mode_ = section_->type.starts_with("BLOB") ? Mode::kDrop : Mode::kHold;
    }
    return {};
}

Status PostgresSections::end_section(std::string& out) {
    if (mode_ == Mode::kHold) {
        std::string text = std::exchange(held_, {});
        constexpr std::string_view kCreate = "\nCREATE SCHEMA ";
        // The restore made it: a dump of some tables does not.
        if (const auto at = text.find(kCreate); section_->type == "SCHEMA" && at != std::string::npos)
            text.insert(at + kCreate.size(), "IF NOT EXISTS ");
        if (decide(*section_, text, out)) out += text;
    }
    mode_ = Mode::kDrop;
    section_.reset();
    return {};
}

bool PostgresSections::is_of_chosen_schema(const ScriptSection& section) {
    for (const auto& schema : choice_.schemas) {
        const auto name = in_comment(schema);
        const bool is_itself = section.schema == "-" && (section.name == name || section.name == "SCHEMA " + name);
        if (section.schema != name && !is_itself) continue;
        found_.insert(schema);
        return true;
    }
    return false;
}

const TableName* PostgresSections::chosen_table(std::string_view schema, std::string_view name) {
    for (const auto& table : choice_.tables) {
        if (in_comment(table.schema) != schema || in_comment(table.name) != name) continue;
        found_.insert(table.schema + '.' + table.name);
        return &table;
    }
    return nullptr;
}

/// The chosen table that `statement` names right after `before`.
const TableName* PostgresSections::table_of(std::string_view statement, std::string_view before) const {
    for (std::size_t i = 0; i < choice_.tables.size(); ++i) {
        for (const auto& spelling : spellings_[i]) {
            const std::string wanted = std::string(before) + spelling;
            const auto at = statement.find(wanted);
            if (at != std::string_view::npos && ends_name(statement.substr(at + wanted.size())))
                return &choice_.tables[i];
        }
    }
    return nullptr;
}

/// By the first statement: a header does not say of which table an index is.
const TableName* PostgresSections::owner_of(const ScriptSection& section, std::string_view text) const {
    if (!belongs_to_a_table(section.type)) return nullptr;
    // Behind the header, "--\n".
    const auto begin = text.find("\n--\n");
    if (begin != std::string_view::npos) text.remove_prefix(begin + 4);
    while (text.starts_with('\n'))
        text.remove_prefix(1);
    const auto statement = text.substr(0, text.find(";\n"));
    const bool is_of_table = statement.starts_with("ALTER TABLE ");
    const auto head = statement.substr(0, std::min(statement.find('('), statement.find('\n')));
    if (is_of_table) {
        for (const std::string_view before : {"ALTER TABLE ", "ALTER TABLE ONLY "}) {
            if (const auto* table = table_of(head, before)) return table;
        }
        return nullptr;
    }
    if (section.type == "SEQUENCE OWNED BY") return table_of(statement, " OWNED BY ");
    if (section.type == "STATISTICS") return table_of(statement, " FROM ");
    if (section.type == "RULE") return table_of(statement, " TO ");
    for (const std::string_view before : {" ON ", " ON ONLY ", " ON TABLE ", " ON COLUMN ", " ON VIEW "}) {
        if (const auto* table = table_of(statement, before)) return table;
    }
    return nullptr;
}

bool PostgresSections::decide(const ScriptSection& section, const std::string& text, std::string& out) {
    if (is_of_chosen_schema(section)) return true;
    if (is_definition_of_itself(section.type)) return chosen_table(section.schema, section.name) != nullptr;
    const std::string qualified = section.schema + '.' + section.name;
    if (section.type == "SEQUENCE SET") {
        return passed_sequences_.contains(qualified) || chosen_table(section.schema, section.name) != nullptr;
    }
    const bool is_named = section.type == "SEQUENCE" && chosen_table(section.schema, section.name) != nullptr;
    const bool is_owned = owner_of(section, text) != nullptr;
    if (section.type == "SEQUENCE" && !is_owned && !is_named) {
        sequences_[qualified] = text;  // The section that says whose it is comes later.
        return false;
    }
    if (!is_owned && !is_named) return false;
    if (may_refer_elsewhere(section.type)) {
        left_out_.push_back(section.type + ' ' + section.name);
        return false;
    }
    if (section.type.starts_with("SEQUENCE")) {
        passed_sequences_.insert(qualified);
        if (const auto found = sequences_.find(qualified); found != sequences_.end()) out += found->second;
    }
    return true;
}

Status PostgresSections::finish(PostgresScript& script, std::string& out) {
    if (!line_.empty()) {
        const std::string line = std::exchange(line_, {});
        COFRE_TRY(take_line(script, line, out));
    }
    std::string rest;
    COFRE_TRY(script.finish(rest));
    if (mode_ == Mode::kPass) out += rest;
    if (mode_ == Mode::kHold) held_ += rest;
    return end_section(out);
}

}  // namespace cofre::dump
