#include "net/http_router.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.h"

namespace cofre::net {

namespace {

enum class SegmentType { kLiteral, kAny, kUint, kUuid, kTail };

struct PatternSegment {
    SegmentType type = SegmentType::kLiteral;
    std::string text;  // The literal, or the parameter's name.
};

bool is_parameter_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

Result<PatternSegment> parse_segment(std::string_view text, bool is_last) {
    if (text.empty() || text.front() != '{') {
        if (text.find_first_of("{}%") != std::string_view::npos) {
            return Error(ErrorCode::kInvalidArgument, "segment \"" + std::string(text) + "\"");
        }
        return PatternSegment{SegmentType::kLiteral, std::string(text)};
    }
    PatternSegment segment{SegmentType::kAny, {}};
    if (text.back() != '}') return Error(ErrorCode::kInvalidArgument, "a '{' without its '}'");
    std::string_view name = text.substr(1, text.size() - 2);
    if (name.size() > 3 && name.substr(name.size() - 3) == "...") {
        if (!is_last) return Error(ErrorCode::kInvalidArgument, "a tail that is not at the end");
        segment.type = SegmentType::kTail;
        name.remove_suffix(3);
    } else if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
        const std::string_view type = name.substr(colon + 1);
        if (type != "uint" && type != "uuid") return Error(ErrorCode::kInvalidArgument, "an unknown type");
        segment.type = type == "uint" ? SegmentType::kUint : SegmentType::kUuid;
        name = name.substr(0, colon);
    }
    if (!is_parameter_name(name)) return Error(ErrorCode::kInvalidArgument, "a parameter's name");
    segment.text = std::string(name);
    return segment;
}

bool fits_type(SegmentType type, std::string_view text) {
    if (text.empty()) return false;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (type == SegmentType::kUint) {
        return text.size() <= 18 && std::all_of(text.begin(), text.end(), is_digit) &&
               (text.size() == 1 || text.front() != '0');
    }
    if (type == SegmentType::kUuid) {
        if (text.size() != 36) return false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
            const bool is_hex =
                is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f') || (text[i] >= 'A' && text[i] <= 'F');
            if (is_dash ? text[i] != '-' : !is_hex) return false;
        }
    }
    return true;
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

bool has_dot_segment(std::string_view text) {
    for (;;) {
        const std::size_t slash = std::min(text.find('/'), text.size());
        const std::string_view segment = text.substr(0, slash);
        if (segment == "." || segment == "..") return true;
        if (slash == text.size()) return false;
        text.remove_prefix(slash + 1);
    }
}

/// A path, cut at its slashes, then decoded. `starts` are places in the raw path.
struct SplitPath {
    std::string_view raw;
    std::vector<std::string> segments;
    std::vector<std::size_t> starts;
    bool has_dots = false;
    bool has_slash_inside = false;
};

std::optional<SplitPath> split_path(std::string_view path) {
    SplitPath split{.raw = path};
    std::size_t start = 1;
    for (;;) {
        const std::size_t slash = std::min(path.find('/', start), path.size());
        auto segment = percent_decode(path.substr(start, slash - start));
        if (!segment || has_control(*segment)) return {};
        split.has_dots = split.has_dots || *segment == "." || *segment == ".." || has_dot_segment(*segment);
        split.has_slash_inside = split.has_slash_inside || segment->find('/') != std::string::npos;
        split.segments.push_back(*std::move(segment));
        split.starts.push_back(start);
        if (slash == path.size()) return split;
        start = slash + 1;
    }
}

}  // namespace

struct HttpRouter::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    struct Parameter {
        SegmentType type = SegmentType::kAny;
        std::string name;
        std::unique_ptr<Node> node;
    };
    std::optional<Parameter> parameter;
    std::optional<Parameter> tail;
    std::map<std::string, std::shared_ptr<const Route>, std::less<>> methods;

    /// The node below for a segment of a pattern. kConflict: another parameter is there.
    Result<Node*> child(const PatternSegment& segment) {
        if (segment.type == SegmentType::kLiteral) {
            auto& node = literals[segment.text];
            if (!node) node = std::make_unique<Node>();
            return node.get();
        }
        auto& place = segment.type == SegmentType::kTail ? tail : parameter;
        if (!place) place = Parameter{segment.type, segment.text, std::make_unique<Node>()};
        if (place->name != segment.text || place->type != segment.type) {
            return Error(ErrorCode::kConflict, "{" + place->name + "} is in the same place");
        }
        return place->node.get();
    }

    /// The most specific node for the segments from `at` on; null if there is none.
    const Node* match(const SplitPath& path, std::size_t at, PathParameters& parameters) const {
        if (at == path.segments.size()) return methods.empty() ? nullptr : this;
        const std::string& segment = path.segments[at];
        if (const auto literal = literals.find(segment); literal != literals.end()) {
            if (const Node* found = literal->second->match(path, at + 1, parameters)) return found;
        }
        if (parameter && fits_type(parameter->type, segment) && segment.find('/') == std::string::npos) {
            parameters.emplace_back(parameter->name, segment);
            if (const Node* found = parameter->node->match(path, at + 1, parameters)) return found;
            parameters.pop_back();
        }
        if (!tail) return nullptr;
        auto rest = percent_decode(path.raw.substr(path.starts[at]));
        parameters.emplace_back(tail->name, *std::move(rest));  // Its parts have been decoded before.
        return tail->node.get();
    }

    std::string allowed() const {
        std::set<std::string> names{"OPTIONS"};
        for (const auto& [name, route] : methods)
            names.insert(name);
        if (methods.contains("GET")) names.insert("HEAD");
        std::string text;
        for (const std::string& name : names)
            text += (text.empty() ? "" : ", ") + name;
        return text;
    }
};

HttpRouter::HttpRouter() : root_(std::make_unique<Node>()) {}
HttpRouter::HttpRouter(HttpRouter&&) noexcept = default;
HttpRouter& HttpRouter::operator=(HttpRouter&&) noexcept = default;
HttpRouter::~HttpRouter() = default;

Status HttpRouter::add(std::string method, std::string pattern, HttpHandler handler, RouteOptions options) {
    const std::string what = "add route " + method + " " + pattern;
    if (pattern.empty() || pattern.front() != '/')
        return Error(ErrorCode::kInvalidArgument, what + ": no leading slash");
    Node* node = root_.get();
    std::set<std::string> names;
    std::string_view rest = std::string_view(pattern).substr(1);
    for (bool is_last = false; !is_last;) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        is_last = slash == rest.size();
        auto segment = parse_segment(rest.substr(0, slash), is_last);
        if (!segment) return std::move(segment).error().context(what);
        if (segment->type != SegmentType::kLiteral && !names.insert(segment->text).second) {
            return Error(ErrorCode::kInvalidArgument, what + ": a parameter's name twice");
        }
        auto child = node->child(*segment);
        if (!child) return std::move(child).error().context(what);
        node = *child;
        if (!is_last) rest.remove_prefix(slash + 1);
    }
    auto& place = node->methods[method];
    if (place) return Error(ErrorCode::kConflict, what + ": there is one already");
    place = std::make_shared<const Route>(Route{std::move(method), std::move(pattern), options, std::move(handler)});
    return {};
}

std::variant<RouteMatch, HttpRouter::MethodMissing, Refusal> HttpRouter::find(std::string_view method,
                                                                              std::string_view path) const {
    if (path.empty() || path.front() != '/') return Refusal{400, "path"};
    const auto split = split_path(path);
    if (!split) return Refusal{400, "path-encoding"};
    RouteMatch match;
    const Node* node = root_->match(*split, 0, match.parameters);
    if (node == nullptr) {
        const bool is_odd = split->has_dots || split->has_slash_inside;
        return is_odd ? Refusal{400, "path-encoding"} : Refusal{404, "no-such-path"};
    }
    auto found = node->methods.find(method);
    if (found == node->methods.end() && method == "HEAD") found = node->methods.find("GET");
    if (found == node->methods.end()) return MethodMissing{node->allowed()};
    match.route = found->second;
    if (split->has_dots && !match.route->options.keeps_dot_segments) return Refusal{400, "path-dots"};
    return match;
}

}  // namespace cofre::net
