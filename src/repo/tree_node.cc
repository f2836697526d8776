#include "repo/tree_node.h"

#include "base/encoding.h"
#include "base/utf8.h"
#include "repo/json_writer.h"

namespace cofre::repo {
namespace {

void append_attributes(std::string& out, const std::vector<ExtendedAttribute>& attributes) {
    out += '[';
    for (const ExtendedAttribute& attribute : attributes) {
        if (&attribute != attributes.data()) out += ',';
        ObjectWriter object(out);
        object.text("\"name\":", attribute.name);
        std::string& value = object.value("\"value\":");
        value += attribute.value ? '"' + base64_encode(as_bytes(*attribute.value)) + '"' : "null";
        object.close();
    }
    out += ']';
}

void append_content(std::string& out, const std::optional<std::vector<Id>>& content) {
    if (!content) {
        out += "null";
        return;
    }
    out += '[';
    for (const Id& id : *content) {
        if (&id != content->data()) out += ',';
        out += '"';
        append_hex_id(out, id);
        out += '"';
    }
    out += ']';
}

}  // namespace

std::string_view to_string(NodeType type) {
    switch (type) {
        case NodeType::kFile: return "file";
        case NodeType::kDirectory: return "dir";
        case NodeType::kSymlink: return "symlink";
        case NodeType::kBlockDevice: return "dev";
        case NodeType::kCharDevice: return "chardev";
        case NodeType::kFifo: return "fifo";
        case NodeType::kSocket: return "socket";
        case NodeType::kIrregular: return "irregular";
        case NodeType::kOther: break;
    }
    return "";
}

void append_node(std::string& out, const Node& node) {
    ObjectWriter object(out);
    append_quoted_json_string(object.value("\"name\":"), node.name);
    object.text("\"type\":", node.type == NodeType::kOther ? std::string_view(node.other_type) : to_string(node.type));
    object.some_number("\"mode\":", node.mode);
    object.time("\"mtime\":", node.mtime);
    object.time("\"atime\":", node.atime);
    object.time("\"ctime\":", node.ctime);
    object.number("\"uid\":", node.uid);
    object.number("\"gid\":", node.gid);
    object.some_text("\"user\":", node.user);
    object.some_text("\"group\":", node.group);
    object.some_number("\"inode\":", node.inode);
    object.some_number("\"device_id\":", node.device_id);
    object.some_number("\"size\":", node.size);
    object.some_number("\"links\":", node.links);
    object.some_text("\"linktarget\":", node.link_target);
    if (!is_utf8(node.link_target)) {
        object.value("\"linktarget_raw\":") += '"' + base64_encode(as_bytes(node.link_target)) + '"';
    }
    if (!node.extended_attributes.empty()) {
        append_attributes(object.value("\"extended_attributes\":"), node.extended_attributes);
    }
    if (!node.generic_attributes.empty()) object.value("\"generic_attributes\":") += node.generic_attributes;
    object.some_number("\"device\":", node.device);
    append_content(object.value("\"content\":"), node.content);
    object.some_id("\"subtree\":", node.subtree);
    object.some_text("\"error\":", node.error);
    object.unknown(node.unknown_fields);
    object.close();
}

Status check_restorable_name(std::string_view name) {
    const bool is_single = !name.empty() && name != "." && name != ".." &&
                           name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
    if (is_single) return {};
    return Error(ErrorCode::kCorruption, "name \"" + escape_for_display(name) + "\" in a tree: not a name of a file")
        .with_hint("somebody made this snapshot to write outside of the folder it is restored into");
}

}  // namespace cofre::repo
