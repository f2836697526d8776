#include "cli/node_text.h"

#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/utf8.h"

namespace cofre::cli {
namespace {

using NodeJson = nlohmann::ordered_json;

std::string zoned_text(const repo::ZonedTime& time) {
    std::string text;
    repo::append_zoned_time(text, time);
    return text;
}

void add_times(NodeJson& out, const repo::Node& node) {
    out["mtime"] = zoned_text(node.mtime);
    out["atime"] = zoned_text(node.atime);
    out["ctime"] = zoned_text(node.ctime);
}

std::string type_text(const repo::Node& node) {
    return node.type == repo::NodeType::kOther ? node.other_type : std::string(to_string(node.type));
}

}  // namespace

// Source: Go, io/fs/fs.go, FileMode.String.
std::string mode_text(std::uint32_t go_mode) {
    constexpr std::string_view kKinds = "dalTLDpSugct?";
    constexpr std::string_view kBits = "rwxrwxrwx";
    std::string text;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if ((go_mode & (1U << (31U - i))) != 0) text += kKinds[i];
    }
    if (text.empty()) text = "-";
    for (std::size_t i = 0; i < kBits.size(); ++i)
        text += (go_mode & (1U << (8U - i))) != 0 ? kBits[i] : '-';
    return text;
}

std::string local_time_text(const repo::ZonedTime& time) {
    const auto civil = repo::to_civil(repo::Zone::local().at(time.seconds, time.nanoseconds));
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", civil.year, civil.month, civil.day, civil.hour,
                       civil.minute, civil.second);
}

std::string long_node_line(const std::string& path, const repo::Node& node) {
    std::string line = fmt::format("{} {:>5} {:>5} {:>6} {} {}", mode_text(node.mode), node.uid, node.gid, node.size,
                                   local_time_text(node.mtime), escape_for_display(path));
    if (!node.link_target.empty()) line += " -> " + escape_for_display(node.link_target);
    return line;
}

void add_path_json(NodeJson& out, const std::string& key, std::string_view text) {
    out[key] = is_utf8(text) ? std::string(text) : escape_for_display(text);
    if (!is_utf8(text)) out[key + "_base64"] = base64_encode(as_bytes(text));
}

NodeJson ls_node_json(const std::string& path, const repo::Node& node) {
    NodeJson out;
    out["name"] = is_utf8(node.name) ? node.name : escape_for_display(node.name);
    out["type"] = type_text(node);
    add_path_json(out, "path", path);
    out["uid"] = node.uid;
    out["gid"] = node.gid;
    // restic leaves the size of an empty file out; for folders and links there is none.
    if (node.type == repo::NodeType::kFile) out["size"] = node.size;
    if (node.mode != 0) out["mode"] = node.mode;
    out["permissions"] = mode_text(node.mode);
    add_times(out, node);
    if (node.inode != 0) out["inode"] = node.inode;
    out["message_type"] = "node";
    out["struct_type"] = "node";
    return out;
}

NodeJson found_node_json(const std::string& path, const repo::Node& node) {
    NodeJson out;
    add_path_json(out, "path", path);
    out["permissions"] = mode_text(node.mode);
    out["type"] = type_text(node);
    if (node.mode != 0) out["mode"] = node.mode;
    add_times(out, node);
    out["uid"] = node.uid;
    out["gid"] = node.gid;
    if (!node.user.empty()) out["user"] = node.user;
    if (!node.group.empty()) out["group"] = node.group;
    if (node.device_id != 0) out["device_id"] = node.device_id;
    if (node.size != 0) out["size"] = node.size;
    if (node.links != 0) out["links"] = node.links;
    if (!node.link_target.empty()) add_path_json(out, "linktarget", node.link_target);
    if (node.device != 0) out["device"] = node.device;
    if (!node.error.empty()) out["error"] = node.error;
    return out;
}

std::string json_text(const NodeJson& document) {
    return document.dump(-1, ' ', false, NodeJson::error_handler_t::replace);
}

}  // namespace cofre::cli
