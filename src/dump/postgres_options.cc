#include "dump/postgres_options.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/utf8.h"

namespace cofre::dump {
namespace {

enum class OptionUse : std::uint8_t {
    kPass,
    kDataOnly,
    kSchemaOnly,
    kLargeObjects,
    kNoLargeObjects,
    kRowSecurity,
    kIgnore,
    // With a value.
    kPassValue,
    kTable,
    kExcludeTable,
    kSchema,
    kExcludeSchema,
    kExcludeTableData,
    kRole,
    kEncoding,
};

struct OptionRow {
    std::string_view name;
    char letter;
    OptionUse use;
};

constexpr std::array kOptions = {
    OptionRow{"data-only", 'a', OptionUse::kDataOnly},
    OptionRow{"blobs", 'b', OptionUse::kLargeObjects},
    OptionRow{"large-objects", 0, OptionUse::kLargeObjects},
    OptionRow{"no-blobs", 'B', OptionUse::kNoLargeObjects},
    OptionRow{"no-large-objects", 0, OptionUse::kNoLargeObjects},
    OptionRow{"no-owner", 'O', OptionUse::kPass},
    OptionRow{"schema-only", 's', OptionUse::kSchemaOnly},
    OptionRow{"verbose", 'v', OptionUse::kPass},
    OptionRow{"no-privileges", 'x', OptionUse::kPass},
    OptionRow{"no-acl", 0, OptionUse::kPass},
    OptionRow{"no-password", 'w', OptionUse::kIgnore},
    OptionRow{"column-inserts", 0, OptionUse::kPass},
    OptionRow{"attribute-inserts", 0, OptionUse::kPass},
    OptionRow{"disable-dollar-quoting", 0, OptionUse::kPass},
    OptionRow{"disable-triggers", 0, OptionUse::kPass},
    OptionRow{"enable-row-security", 0, OptionUse::kRowSecurity},
    OptionRow{"inserts", 0, OptionUse::kPass},
    OptionRow{"load-via-partition-root", 0, OptionUse::kPass},
    OptionRow{"no-comments", 0, OptionUse::kPass},
    OptionRow{"no-publications", 0, OptionUse::kPass},
    OptionRow{"no-security-labels", 0, OptionUse::kPass},
    OptionRow{"no-subscriptions", 0, OptionUse::kPass},
    OptionRow{"no-table-access-method", 0, OptionUse::kPass},
    OptionRow{"no-tablespaces", 0, OptionUse::kPass},
    OptionRow{"no-toast-compression", 0, OptionUse::kPass},
    OptionRow{"on-conflict-do-nothing", 0, OptionUse::kPass},
    OptionRow{"quote-all-identifiers", 0, OptionUse::kPass},
    OptionRow{"strict-names", 0, OptionUse::kPass},
    OptionRow{"use-set-session-authorization", 0, OptionUse::kPass},
    OptionRow{"encoding", 'E', OptionUse::kEncoding},
    OptionRow{"extra-float-digits", 0, OptionUse::kPassValue},
    OptionRow{"lock-wait-timeout", 0, OptionUse::kPassValue},
    OptionRow{"rows-per-insert", 0, OptionUse::kPassValue},
    OptionRow{"superuser", 'S', OptionUse::kPassValue},
    OptionRow{"table", 't', OptionUse::kTable},
    OptionRow{"exclude-table", 'T', OptionUse::kExcludeTable},
    OptionRow{"schema", 'n', OptionUse::kSchema},
    OptionRow{"exclude-schema", 'N', OptionUse::kExcludeSchema},
    OptionRow{"exclude-table-data", 0, OptionUse::kExcludeTableData},
    OptionRow{"role", 0, OptionUse::kRole},
};

/// Those whose second bytes may be a backslash or a quote: psql must not lex them.
constexpr std::array<std::string_view, 8> kUnsafeEncodings = {"SJIS",  "BIG5",           "GBK",     "UHC", "GB18030",
                                                              "JOHAB", "SHIFT_JIS_2004", "SHIFTJIS"};

Error not_accepted(std::string_view word) {
    std::string_view advice = "docs/databases.md lists the options of pg_dump that may be given";
    const std::string_view letter = word.starts_with('-') ? word.substr(1, 1) : std::string_view();
    if (letter == "F" || word.starts_with("--format")) advice = "the format is a setting of its own, \"format\"";
    if (letter == "j" || word.starts_with("--jobs")) advice = "parallel work is a setting of its own, \"jobs\"";
    if (letter == "Z" || word.starts_with("--compress")) advice = "the repository compresses, after deduplication";
    if (letter == "c" || letter == "C") advice = "what is dropped and created is decided when restoring";
    return Error(ErrorCode::kInvalidArgument, "option of pg_dump is not accepted: " + escape_for_display(word))
        .with_hint(advice);
}

bool has_value(OptionUse use) {
    return use >= OptionUse::kPassValue;
}

Status apply_option(PostgresOptions& options, const OptionRow& row, const std::string& value) {
    const std::string word = "--" + std::string(row.name);
    switch (row.use) {
        case OptionUse::kPass: options.words.push_back(word); break;
        case OptionUse::kDataOnly:
            options.words.push_back(word);
            options.has_schema = false;
            break;
        case OptionUse::kSchemaOnly:
            options.words.push_back(word);
            options.has_data = false;
            break;
        case OptionUse::kLargeObjects:
            options.words.emplace_back("--blobs");  // Known to every version.
            options.includes_large_objects = true;
            break;
        case OptionUse::kNoLargeObjects:
            options.words.emplace_back("--no-blobs");
            options.excludes_large_objects = true;
            break;
        case OptionUse::kRowSecurity:
            options.words.push_back(word);
            options.sees_rows_by_policy = true;
            break;
        case OptionUse::kIgnore: break;
        case OptionUse::kPassValue: options.words.push_back(word + "=" + value); break;
        case OptionUse::kTable: options.tables.push_back(value); break;
        case OptionUse::kExcludeTable: options.exclude_tables.push_back(value); break;
        case OptionUse::kSchema: options.schemas.push_back(value); break;
        case OptionUse::kExcludeSchema: options.exclude_schemas.push_back(value); break;
        case OptionUse::kExcludeTableData: options.exclude_table_data.push_back(value); break;
        case OptionUse::kRole:
            options.role = value;
            options.words.push_back(word + "=" + value);
            break;
        case OptionUse::kEncoding: {
            std::string upper = value;
            std::transform(upper.begin(), upper.end(), upper.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
            if (std::find(kUnsafeEncodings.begin(), kUnsafeEncodings.end(), upper) != kUnsafeEncodings.end()) {
                return Error(ErrorCode::kInvalidArgument, "a dump in " + upper + " cannot be restored safely")
                    .with_hint("leave the encoding out: the database's own is kept");
            }
            options.words.push_back(word + "=" + value);
            break;
        }
    }
    return {};
}

/// The words one by one, as getopt_long would read them, but without abbreviations.
class OptionWords {
public:
    OptionWords(const std::vector<std::string>& words, PostgresOptions& options) : words_(words), options_(options) {}

    Status read() {
        for (at_ = 0; at_ < words_.size(); ++at_) {
            const std::string& word = words_[at_];
            if (word.starts_with("--") && word.size() > 2) {
                COFRE_TRY(read_long(word));
            } else if (word.starts_with('-') && word.size() > 1 && word != "--") {
                COFRE_TRY(read_letters(word));
            } else {
                return not_accepted(word);
            }
        }
        return {};
    }

private:
    Result<std::string> next_value(const std::string& word) {
        if (at_ + 1 < words_.size()) return words_[++at_];
        return Error(ErrorCode::kInvalidArgument, "option of pg_dump has no value: " + escape_for_display(word));
    }

    Status read_long(const std::string& word) {
        const auto equals = std::min(word.find('='), word.size());
        const auto name = std::string_view(word).substr(2, equals - 2);
        const auto* const row =
            std::find_if(kOptions.begin(), kOptions.end(), [&](const OptionRow& one) { return one.name == name; });
        if (row == kOptions.end()) return not_accepted(word);
        if (!has_value(row->use)) {
            return equals == word.size() ? apply_option(options_, *row, "") : not_accepted(word);
        }
        if (equals < word.size()) return apply_option(options_, *row, word.substr(equals + 1));
        COFRE_ASSIGN(const std::string value, next_value(word));
        return apply_option(options_, *row, value);
    }

    Status read_letters(const std::string& word) {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const auto* const row = std::find_if(kOptions.begin(), kOptions.end(),
                                                 [&](const OptionRow& one) { return one.letter == word[i]; });
            if (row == kOptions.end()) return not_accepted("-" + word.substr(i));
            if (!has_value(row->use)) {
                COFRE_TRY(apply_option(options_, *row, ""));
                continue;
            }
            if (i + 1 < word.size()) return apply_option(options_, *row, word.substr(i + 1));
            COFRE_ASSIGN(const std::string value, next_value(word));
            return apply_option(options_, *row, value);
        }
        return {};
    }

    const std::vector<std::string>& words_;
    PostgresOptions& options_;
    std::size_t at_ = 0;
};

void add_words(std::vector<std::string>& words, std::string_view option, const std::vector<std::string>& values) {
    for (const auto& value : values)
        words.push_back(std::string(option) + "=" + value);
}

}  // namespace

std::vector<std::string> PostgresOptions::arguments() const {
    std::vector<std::string> all = words;
    add_words(all, "--table", tables);
    add_words(all, "--exclude-table", exclude_tables);
    add_words(all, "--schema", schemas);
    add_words(all, "--exclude-schema", exclude_schemas);
    add_words(all, "--exclude-table-data", exclude_table_data);
    return all;
}

Result<PostgresOptions> parse_postgres_options(const DumpRequest& request) {
    PostgresOptions options;
    options.tables = request.tables;
    options.exclude_tables = request.exclude_tables;
    options.schemas = request.schemas;
    options.exclude_schemas = request.exclude_schemas;
    COFRE_TRY(OptionWords(request.options, options).read());
    return options;
}

}  // namespace cofre::dump
