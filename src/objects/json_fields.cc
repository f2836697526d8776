#include "objects/json_fields.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace cofre::objects {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 16;

// Called by the parser; `false` ends the parse.
class FieldHandler final : public nlohmann::json_sax<Json> {
public:
    explicit FieldHandler(const JsonFieldVisitor& visit) : visit_(visit) {}

    bool null() override { return give({}); }
    bool boolean(bool value) override { return give({.kind = JsonKind::kBoolean, .truth = value}); }
    bool number_integer(number_integer_t /*value*/) override { return give({}); }  // Negative.
    bool number_unsigned(number_unsigned_t value) override {
        return give({.kind = JsonKind::kUnsigned, .number = value});
    }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return give({}); }
    bool string(string_t& value) override { return give({.kind = JsonKind::kText, .text = &value}); }
    bool binary(binary_t& /*value*/) override { return give({}); }

    bool start_object(std::size_t /*size*/) override { return open({.kind = JsonKind::kObject}); }
    bool key(string_t& value) override {
        name_.resize(open_.back());
        if (open_.size() > 1) name_ += '.';
        name_ += value.find_first_of(".[") == string_t::npos ? std::string_view(value) : "?";
        return true;
    }
    bool end_object() override { return close(); }

    bool start_array(std::size_t /*size*/) override {
        if (open_.empty()) return false;
        return open({.kind = JsonKind::kArray}, "[]");
    }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        position_ = position;
        return false;
    }

    Error take_error() {
        if (error_) return *std::exchange(error_, std::nullopt);
        if (position_) return Error(ErrorCode::kCorruption, "malformed JSON at byte " + std::to_string(*position_));
        return Error(ErrorCode::kCorruption, "not a JSON object of few levels");
    }

private:
    bool give(const JsonValue& value) {
        if (open_.empty()) return false;  // The document is not an object.
        auto status = visit_(name_, value);
        if (!status) error_ = std::move(status).error();
        return !error_;
    }

    bool open(const JsonValue& value, std::string_view suffix = {}) {
        if (open_.size() == kMaxDepth) return false;
        if (!open_.empty() && !give(value)) return false;
        name_ += suffix;
        open_.push_back(name_.size());
        return true;
    }

    bool close() {
        open_.pop_back();
        if (!open_.empty()) name_.resize(open_.back());
        return true;
    }

    const JsonFieldVisitor& visit_;
    std::string name_;
    std::vector<std::size_t> open_;  ///< Per level, how much of `name_` its fields have in common.
    std::optional<Error> error_;
    std::optional<std::size_t> position_;
};

}  // namespace

Status visit_json_fields(std::string_view json, const JsonFieldVisitor& visit) {
    FieldHandler handler(visit);
    if (!Json::sax_parse(json, &handler)) return handler.take_error();
    return {};
}

}  // namespace cofre::objects
