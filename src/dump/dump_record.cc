#include "dump/dump_record.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/utf8.h"

namespace cofre::dump {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kRoles = {"globals", "whole",         "schema-before",
                                                    "data",    "large-objects", "schema-after"};

std::string_view role_name(FileRole role) {
    return kRoles.at(static_cast<std::size_t>(role));
}

/// Text that is not UTF-8 is written for the eye, with its bytes beside it.
void put_text(Json& object, const std::string& key, const std::string& value) {
    if (is_utf8(value)) {
        object[key] = value;
    } else {
        object[key] = escape_for_display(value);
        object[key + "_base64"] = base64_encode(as_bytes(value));
    }
}

void put_texts(Json& object, const std::string& key, const std::vector<std::string>& values) {
    Json list = Json::array();
    bool is_text = true;
    for (const auto& value : values) {
        list.push_back(is_utf8(value) ? value : escape_for_display(value));
        is_text = is_text && is_utf8(value);
    }
    object[key] = std::move(list);
    if (is_text) return;
    Json bytes = Json::array();
    for (const auto& value : values)
        bytes.push_back(base64_encode(as_bytes(value)));
    object[key + "_base64"] = std::move(bytes);
}

Json file_json(const DumpFile& file) {
    Json object;
    object["name"] = file.name;
    object["role"] = role_name(file.role);
    object["format"] = file.format;
    put_text(object, "database", file.database);
    put_text(object, "table", file.table);
    object["bytes"] = file.bytes;
    object["sha256"] = file.sha256;
    return object;
}

Json facts_json(const TableFacts& facts) {
    Json object;
    put_text(object, "database", facts.database);
    put_text(object, "name", facts.name);
    object["rows"] = facts.rows;
    if (facts.sampled_rows == 0) return object;
    object["sampled_rows"] = facts.sampled_rows;
    object["sample"] = facts.sample;
    put_text(object, "sample_query", facts.sample_query);
    return object;
}

Error bad_record(const std::string& why) {
    return Error(ErrorCode::kCorruption, "read " + std::string(kRecordName) + ": " + why);
}

/// One object's fields by name; the first that is not what it must be is kept.
class RecordFields {
public:
    RecordFields(const Json& object, std::optional<Error>& error) : object_(object), error_(error) {}

    std::string text(const std::string& key) const {
        if (const Json* const encoded = find(key + "_base64"); encoded != nullptr && encoded->is_string()) {
            return decoded(key, encoded->get<std::string>());
        }
        const Json* const value = find(key);
        if (value == nullptr) return {};
        if (value->is_string()) return value->get<std::string>();
        fail(key, "is no text");
        return {};
    }

    std::vector<std::string> texts(const std::string& key) const {
        const bool is_encoded = find(key + "_base64") != nullptr;
        std::vector<std::string> values;
        for (const auto& item : list(is_encoded ? key + "_base64" : key)) {
            if (!item.is_string()) {
                fail(key, "holds what is no text");
                break;
            }
            const auto value = item.get<std::string>();
            values.push_back(is_encoded ? decoded(key, value) : value);
        }
        return values;
    }

    std::uint64_t number(const std::string& key) const {
        const Json* const value = find(key);
        if (value == nullptr) return 0;
        if (value->is_number_unsigned()) return value->get<std::uint64_t>();
        fail(key, "is no number");
        return 0;
    }

    bool truth(const std::string& key) const {
        const Json* const value = find(key);
        if (value == nullptr) return false;
        if (value->is_boolean()) return value->get<bool>();
        fail(key, "is neither true nor false");
        return false;
    }

    WallTime time(const std::string& key) const {
        const auto written = text(key);
        if (written.empty()) return {};
        const auto parsed = parse_rfc3339(written);
        if (parsed) return *parsed;
        fail(key, "is no time");
        return {};
    }

    std::map<std::string, std::string> text_map(const std::string& key) const {
        std::map<std::string, std::string> values;
        const Json* const object = find(key);
        if (object == nullptr) return values;
        if (!object->is_object()) {
            fail(key, "is no object");
            return values;
        }
        const RecordFields inner(*object, error_);
        for (const auto& item : object->items()) {
            if (!item.key().ends_with("_base64")) values[item.key()] = inner.text(item.key());
        }
        return values;
    }

    const Json& list(const std::string& key) const {
        static const Json none = Json::array();
        const Json* const value = find(key);
        if (value == nullptr) return none;
        if (value->is_array()) return *value;
        fail(key, "is no list");
        return none;
    }

    void fail(const std::string& key, const std::string& why) const {
        if (!error_) error_ = bad_record("\"" + key + "\" " + why);
    }

private:
    const Json* find(const std::string& key) const {
        const auto found = object_.find(key);
        return found == object_.end() ? nullptr : &*found;
    }

    std::string decoded(const std::string& key, const std::string& encoded) const {
        const auto bytes = base64_decode(encoded);
        if (bytes) return to_text(*bytes);
        fail(key, "is no base64");
        return {};
    }

    const Json& object_;
    std::optional<Error>& error_;
};

bool is_safe_name(std::string_view name) {
    if (name.empty() || name.size() > 4096 || name == kRecordName) return false;
    while (true) {
        const auto slash = name.find('/');
        const auto part = name.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
        if (part.find('\0') != std::string_view::npos || part.find('\\') != std::string_view::npos) return false;
        if (slash == std::string_view::npos) return true;
        name.remove_prefix(slash + 1);
    }
}

DumpFile read_dump_file(const RecordFields& fields) {
    DumpFile file;
    file.name = fields.text("name");
    if (!is_safe_name(file.name)) {
        fields.fail("name", "is no safe relative path: " + escape_for_display(file.name));
    }
    const auto role = fields.text("role");
    const auto* const found = std::find(kRoles.begin(), kRoles.end(), role);
    if (found == kRoles.end()) {
        fields.fail("role", "is unknown: " + escape_for_display(role));
    } else {
        file.role = static_cast<FileRole>(found - kRoles.begin());
    }
    file.format = fields.text("format");
    file.database = fields.text("database");
    file.table = fields.text("table");
    file.bytes = fields.number("bytes");
    file.sha256 = fields.text("sha256");
    return file;
}

TableFacts read_facts(const RecordFields& fields) {
    TableFacts facts;
    facts.database = fields.text("database");
    facts.name = fields.text("name");
    facts.rows = fields.number("rows");
    facts.sampled_rows = fields.number("sampled_rows");
    facts.sample = fields.text("sample");
    facts.sample_query = fields.text("sample_query");
    return facts;
}

template <typename Item, typename Read>
std::vector<Item> read_items(const RecordFields& fields, const std::string& key, std::optional<Error>& error,
                             Read read) {
    std::vector<Item> items;
    for (const auto& item : fields.list(key)) {
        if (!item.is_object()) {
            fields.fail(key, "holds what is no object");
            break;
        }
        items.push_back(read(RecordFields(item, error)));
    }
    return items;
}

}  // namespace

std::string encode_record(const DumpRecord& record) {
    Json object;
    object["cofre_dump"] = DumpRecord::kVersion;
    object["engine"] = to_string(record.engine);
    put_text(object, "source", record.source);
    put_text(object, "server_version", record.server_version);
    put_text(object, "tool", record.tool);
    put_text(object, "tool_version", record.tool_version);
    put_texts(object, "databases", record.databases);
    object["consistency"] = record.consistency;
    object["started_at"] = format_rfc3339(record.started_at);
    object["finished_at"] = format_rfc3339(record.finished_at);
    put_texts(object, "warnings", record.warnings);
    Json traits = Json::array();
    for (const auto& one : record.traits) {
        Json entry;
        put_text(entry, "database", one.database);
        Json values = Json::object();
        for (const auto& [key, value] : one.values)
            put_text(values, key, value);
        entry["values"] = std::move(values);
        traits.push_back(std::move(entry));
    }
    object["traits"] = std::move(traits);
    object["facts_are_exact"] = record.facts_are_exact;
    Json files = Json::array();
    for (const auto& file : record.files)
        files.push_back(file_json(file));
    object["files"] = std::move(files);
    Json tables = Json::array();
    for (const auto& facts : record.tables)
        tables.push_back(facts_json(facts));
    object["tables"] = std::move(tables);
    return object.dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

Result<DumpRecord> decode_record(std::string_view json) {
    const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || !object.contains("cofre_dump")) return bad_record("it is no record of a dump");
    std::optional<Error> error;
    const RecordFields fields(object, error);
    const auto version = fields.number("cofre_dump");
    if (version > static_cast<std::uint64_t>(DumpRecord::kVersion)) {
        return Error(ErrorCode::kUnsupported, "read " + std::string(kRecordName) + ": version " +
                                                  std::to_string(version) + " is newer than ours")
            .with_hint("take a newer version of cofre");
    }
    DumpRecord record;
    if (const auto engine = parse_engine(fields.text("engine"))) {
        record.engine = *engine;
    } else {
        fields.fail("engine", "is unknown");
    }
    record.source = fields.text("source");
    record.server_version = fields.text("server_version");
    record.tool = fields.text("tool");
    record.tool_version = fields.text("tool_version");
    record.databases = fields.texts("databases");
    record.consistency = fields.text("consistency");
    record.started_at = fields.time("started_at");
    record.finished_at = fields.time("finished_at");
    record.warnings = fields.texts("warnings");
    record.traits = read_items<DatabaseTraits>(fields, "traits", error, [](const RecordFields& one) {
        return DatabaseTraits{one.text("database"), one.text_map("values")};
    });
    record.facts_are_exact = fields.truth("facts_are_exact");
    record.files = read_items<DumpFile>(fields, "files", error, read_dump_file);
    record.tables = read_items<TableFacts>(fields, "tables", error, read_facts);
    if (error) return *std::move(error);
    return record;
}

}  // namespace cofre::dump
