#include "repo/json_reader.h"

#include <limits>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace cofre::repo {
namespace {

using JsonEvents = nlohmann::json;

constexpr std::size_t kMaxDepth = 100;

bool is_null(JsonValue& value) {
    bool result = false;
    return value.is_null().get(result) == simdjson::SUCCESS && result;
}

// Accepts well-formed JSON up to a depth; nlohmann's parser keeps no stack of
// its own in our frames.
class DepthLimit : public nlohmann::json_sax<JsonEvents> {
public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool key(string_t&) override { return true; }
    bool start_object(std::size_t) override { return ++depth_ <= kMaxDepth; }
    bool start_array(std::size_t) override { return ++depth_ <= kMaxDepth; }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

private:
    bool leave() {
        --depth_;
        return true;
    }
    std::size_t depth_ = 0;
};

Fault parse_id(std::string_view hex, Id& out) {
    return Id::parse_any_case_into(hex, out) ? Fault() : "is no id of 64 hexadecimal digits";
}

std::string_view trim_json(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Calls `read` with each element of a list.
template <typename Read>
Fault read_list(JsonValue& value, Read read) {
    simdjson::ondemand::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS) return "is no list";
    for (auto entry : list) {
        JsonValue element;
        if (entry.get(element) != simdjson::SUCCESS) return "is malformed";
        if (const Fault fault = read(element); !fault.empty()) return fault;
    }
    return {};
}

}  // namespace

Fault read_text(JsonValue value, std::string& out) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) {
        out.assign(text);
        return {};
    }
    return is_null(value) ? Fault() : "is no text";
}

Fault read_number(JsonValue value, std::uint64_t& out) {
    if (value.get_uint64().get(out) == simdjson::SUCCESS) return {};
    return is_null(value) ? Fault() : "is no number from 0 to 2^64 - 1";
}

Fault read_number(JsonValue value, std::uint32_t& out) {
    std::uint64_t number = out;
    if (const Fault fault = read_number(value, number); !fault.empty()) return fault;
    if (number > std::numeric_limits<std::uint32_t>::max()) return "is no number from 0 to 2^32 - 1";
    out = static_cast<std::uint32_t>(number);
    return {};
}

Fault read_time(JsonValue value, ZonedTime& out) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return is_null(value) ? Fault() : "is no time";
    const auto time = parse_zoned_time(text);
    if (!time) return "is no time of RFC 3339";
    out = *time;
    return {};
}

Fault read_id(JsonValue value, std::optional<Id>& out) {
    std::string_view hex;
    if (value.get_string().get(hex) != simdjson::SUCCESS) return is_null(value) ? Fault() : "is no id";
    return parse_id(hex, out.emplace());
}

Fault read_bytes(JsonValue value, std::string& out) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return is_null(value) ? Fault() : "is no text";
    const auto bytes = base64_decode(text);
    if (!bytes) return "is no base64";
    out = to_text(*bytes);
    return {};
}

Fault read_texts(JsonValue value, std::vector<std::string>& out) {
    if (is_null(value)) return {};
    out.clear();
    return read_list(value, [&out](JsonValue element) { return read_text(element, out.emplace_back()); });
}

Fault read_ids(JsonValue value, std::optional<std::vector<Id>>& out) {
    if (is_null(value)) return {};
    auto& ids = out.emplace();
    return read_list(value, [&ids](JsonValue element) -> Fault {
        std::string_view hex;
        if (element.get_string().get(hex) != simdjson::SUCCESS) return "is no list of ids";
        return parse_id(hex, ids.emplace_back());
    });
}

Fault read_raw(JsonValue value, std::string& out) {
    std::string_view raw;
    if (simdjson::to_json_string(value).get(raw) != simdjson::SUCCESS) return "is malformed";
    out = trim_json(raw);
    DepthLimit limit;
    return JsonEvents::sax_parse(out, &limit) ? Fault() : "is malformed, or nested too deep";
}

Result<simdjson::ondemand::document> JsonText::open(std::string_view text) {
    padded_.assign(text);
    padded_.append(simdjson::SIMDJSON_PADDING, ' ');
    simdjson::ondemand::document document;
    const simdjson::padded_string_view view(padded_.data(), text.size(), padded_.size());
    const auto fault = parser_.iterate(view).get(document);
    if (fault == simdjson::MEMALLOC) return Error(ErrorCode::kResourceExhausted, "parse JSON: out of memory");
    if (fault != simdjson::SUCCESS) {
        return Error(ErrorCode::kCorruption, std::string("parse JSON: ") + simdjson::error_message(fault));
    }
    return document;
}

bool JsonText::is_at_end(simdjson::ondemand::document& document) {
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

}  // namespace cofre::repo
