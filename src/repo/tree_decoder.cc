#include <array>
#include <utility>

#include "base/utf8.h"
#include "repo/go_text.h"
#include "repo/json_reader.h"
#include "repo/tree.h"

namespace cofre::repo {
namespace {

constexpr std::array kNodeTypes = {NodeType::kFile,        NodeType::kDirectory,  NodeType::kSymlink,
                                   NodeType::kBlockDevice, NodeType::kCharDevice, NodeType::kFifo,
                                   NodeType::kSocket,      NodeType::kIrregular};

Fault read_node_name(JsonValue value, Node& node) {
    std::string_view quoted;
    if (value.get_string().get(quoted) != simdjson::SUCCESS) return "is no text";
    if (quoted.find_first_of("\\\"\n") == std::string_view::npos) {
        node.name.assign(quoted);
        return {};
    }
    auto name = unquote_go(quoted);
    if (!name) return "is not quoted as Go does it";
    node.name = *std::move(name);
    return {};
}

Fault read_node_type(JsonValue value, Node& node) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return "is no text";
    for (const NodeType type : kNodeTypes) {
        if (to_string(type) != text) continue;
        node.type = type;
        return {};
    }
    node.type = NodeType::kOther;
    node.other_type.assign(text);
    return {};
}

constexpr std::array<JsonField<ExtendedAttribute>, 2> kAttributeFields = {{
    {"name", [](JsonValue value, ExtendedAttribute& to) { return read_text(value, to.name); }},
    {"value",
     [](JsonValue value, ExtendedAttribute& to) {
         std::string bytes;
         bool is_null = false;
         if (value.is_null().get(is_null) == simdjson::SUCCESS && is_null) return Fault();
         const Fault fault = read_bytes(value, bytes);
         to.value = std::move(bytes);
         return fault;
     }},
}};

Fault read_attributes(JsonValue value, Node& node) {
    simdjson::ondemand::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS) return "is no list";
    node.extended_attributes.clear();
    std::vector<UnknownField> unknown;
    for (auto entry : list) {
        JsonObject object;
        if (entry.get_object().get(object) != simdjson::SUCCESS) return "is no list of objects";
        const auto found =
            read_object<ExtendedAttribute>(object, kAttributeFields, node.extended_attributes.emplace_back(), unknown);
        if (!found.fault.empty()) return found.fault;
        if (!unknown.empty()) return "has a field that this version does not know";
    }
    return {};
}

Fault read_generic(JsonValue value, Node& node) {
    const Fault fault = read_raw(value, node.generic_attributes);
    if (!fault.empty()) return fault;
    if (node.generic_attributes == "null") node.generic_attributes.clear();
    return node.generic_attributes.empty() || node.generic_attributes.front() == '{' ? Fault() : "is no object";
}

// In the order in which nodes are written.
constexpr std::array<JsonField<Node>, 22> kNodeFields = {{
    {"name", read_node_name},
    {"type", read_node_type},
    {"mode", [](JsonValue value, Node& to) { return read_number(value, to.mode); }},
    {"mtime", [](JsonValue value, Node& to) { return read_time(value, to.mtime); }},
    {"atime", [](JsonValue value, Node& to) { return read_time(value, to.atime); }},
    {"ctime", [](JsonValue value, Node& to) { return read_time(value, to.ctime); }},
    {"uid", [](JsonValue value, Node& to) { return read_number(value, to.uid); }},
    {"gid", [](JsonValue value, Node& to) { return read_number(value, to.gid); }},
    {"user", [](JsonValue value, Node& to) { return read_text(value, to.user); }},
    {"group", [](JsonValue value, Node& to) { return read_text(value, to.group); }},
    {"inode", [](JsonValue value, Node& to) { return read_number(value, to.inode); }},
    {"device_id", [](JsonValue value, Node& to) { return read_number(value, to.device_id); }},
    {"size", [](JsonValue value, Node& to) { return read_number(value, to.size); }},
    {"links", [](JsonValue value, Node& to) { return read_number(value, to.links); }},
    {"linktarget", [](JsonValue value, Node& to) { return read_text(value, to.link_target); }},
    // Comes after linktarget, which it replaces.
    {"linktarget_raw", [](JsonValue value, Node& to) { return read_bytes(value, to.link_target); }},
    {"extended_attributes", read_attributes},
    {"generic_attributes", read_generic},
    {"device", [](JsonValue value, Node& to) { return read_number(value, to.device); }},
    {"content", [](JsonValue value, Node& to) { return read_ids(value, to.content); }},
    {"subtree", [](JsonValue value, Node& to) { return read_id(value, to.subtree); }},
    {"error", [](JsonValue value, Node& to) { return read_text(value, to.error); }},
}};

Error bad_node(const Node& node, const FieldFault& found) {
    std::string message = "decode tree: node \"" + escape_for_display(node.name) + "\"";
    if (!found.field.empty()) message += ": field \"" + escape_for_display(found.field) + "\"";
    return Error(ErrorCode::kCorruption, message + ' ' + std::string(found.fault));
}

Error bad_tree(std::string_view why) {
    return Error(ErrorCode::kCorruption, "decode tree: " + std::string(why));
}

}  // namespace

struct TreeDecoder::Impl {
    TreeDecodeOptions options;
    JsonText json;
    bool is_first = true;
    std::string last_name;

    Status check_order(const Node& node) {
        if (!is_first && !options.allow_disorder && node.name <= last_name) {
            return bad_tree("\"" + escape_for_display(node.name) + "\" comes after \"" + escape_for_display(last_name) +
                            "\"");
        }
        is_first = false;
        last_name = node.name;
        return {};
    }

    Status read_nodes(JsonValue value, const std::function<Status(Node&)>& visit) {
        bool is_null = false;
        if (value.is_null().get(is_null) == simdjson::SUCCESS && is_null) return {};
        simdjson::ondemand::array nodes;
        if (value.get_array().get(nodes) != simdjson::SUCCESS) return bad_tree("\"nodes\" is no list");
        for (auto entry : nodes) {
            JsonObject object;
            if (entry.get_object().get(object) != simdjson::SUCCESS) return bad_tree("a node is no object");
            Node node;
            const auto found = read_object<Node>(object, kNodeFields, node, node.unknown_fields);
            if (!found.fault.empty()) return bad_node(node, found);
            COFRE_TRY(check_order(node));
            COFRE_TRY(visit(node));
        }
        return {};
    }

    Status read_tree(simdjson::ondemand::document& document, const std::function<Status(Node&)>& visit) {
        JsonObject tree;
        if (document.get_object().get(tree) != simdjson::SUCCESS) return bad_tree("no JSON object");
        bool has_nodes = false;
        for (auto entry : tree) {
            std::string_view key;
            JsonValue value;
            if (entry.unescaped_key().get(key) != simdjson::SUCCESS || entry.value().get(value) != simdjson::SUCCESS) {
                return bad_tree("malformed");
            }
            if (key != "nodes") continue;
            if (has_nodes) return bad_tree("it has nodes twice");
            has_nodes = true;
            COFRE_TRY(read_nodes(value, visit));
        }
        if (!has_nodes) return bad_tree("it has no nodes");
        return JsonText::is_at_end(document) ? Status() : bad_tree("something follows it");
    }
};

TreeDecoder::TreeDecoder(const TreeDecodeOptions& options) : impl_(std::make_unique<Impl>()) {
    impl_->options = options;
}
TreeDecoder::TreeDecoder(TreeDecoder&&) noexcept = default;
TreeDecoder& TreeDecoder::operator=(TreeDecoder&&) noexcept = default;
TreeDecoder::~TreeDecoder() = default;

Status TreeDecoder::decode(std::string_view text, const std::function<Status(Node&)>& visit) {
    if (text.size() > impl_->options.max_bytes) {
        return Error(ErrorCode::kResourceExhausted, "decode tree: " + std::to_string(text.size()) +
                                                        " bytes, more than " +
                                                        std::to_string(impl_->options.max_bytes));
    }
    auto document = impl_->json.open(text);
    if (!document) return std::move(document).error().context("decode tree");
    impl_->is_first = true;
    return impl_->read_tree(*document, visit);
}

Result<std::vector<Node>> decode_tree(std::string_view text, const TreeDecodeOptions& options) {
    std::vector<Node> nodes;
    COFRE_TRY(TreeDecoder(options).decode(text, [&nodes](Node& node) -> Status {
        nodes.push_back(std::move(node));
        return {};
    }));
    return nodes;
}

Result<bool> is_canonical_tree(std::string_view text) {
    TreeEncoder encoder;
    COFRE_TRY(TreeDecoder().decode(text, [&encoder](const Node& node) { return encoder.add(node); }));
    return encoder.finish() == text;
}

}  // namespace cofre::repo
