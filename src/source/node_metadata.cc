#include "source/node_metadata.h"

#include <optional>

#include "base/utf8.h"
#include "repo/file_mode.h"

namespace cofre::source {
namespace {

struct KindPair {
    FileKind kind;
    repo::NodeType type;
    mode_t bits;
};
constexpr KindPair kKinds[] = {
    {FileKind::kRegular, repo::NodeType::kFile, S_IFREG},
    {FileKind::kDirectory, repo::NodeType::kDirectory, S_IFDIR},
    {FileKind::kSymlink, repo::NodeType::kSymlink, S_IFLNK},
    {FileKind::kBlockDevice, repo::NodeType::kBlockDevice, S_IFBLK},
    {FileKind::kCharDevice, repo::NodeType::kCharDevice, S_IFCHR},
    {FileKind::kFifo, repo::NodeType::kFifo, S_IFIFO},
    {FileKind::kSocket, repo::NodeType::kSocket, S_IFSOCK},
};

const KindPair& pair_of(FileKind kind) {
    for (const KindPair& pair : kKinds) {
        if (pair.kind == kind) return pair;
    }
    return kKinds[0];
}

FileTime to_file_time_of(const repo::ZonedTime& time) {
    return {time.seconds, time.nanoseconds};
}

}  // namespace

repo::Node to_node(const std::string& name, const FileMetadata& metadata, const NodeRules& rules) {
    const KindPair& pair = pair_of(metadata.kind);
    const auto zoned = [&rules](const FileTime& time) { return rules.zone.at(time.seconds, time.nanoseconds); };
    repo::Node node;
    node.name = name;
    node.type = pair.type;
    node.mode = repo::to_go_mode(pair.bits | metadata.permissions);
    node.mtime = zoned(metadata.mtime);
    node.atime = rules.with_atime ? zoned(metadata.atime) : node.mtime;
    node.ctime = zoned(metadata.ctime);
    node.uid = metadata.uid;
    node.gid = metadata.gid;
    node.user = metadata.user;
    node.group = metadata.group;
    node.inode = metadata.inode;
    node.device_id = metadata.device;
    node.size = metadata.size;
    const bool has_links = metadata.kind == FileKind::kRegular || metadata.kind == FileKind::kSymlink ||
                           metadata.kind == FileKind::kBlockDevice || metadata.kind == FileKind::kCharDevice;
    if (has_links) node.links = metadata.links;
    node.link_target = metadata.link_target;
    for (const FileAttribute& attribute : metadata.attributes)
        node.extended_attributes.push_back({attribute.name, attribute.value});
    node.device = metadata.node_device;
    if (metadata.kind == FileKind::kRegular) node.content.emplace();
    return node;
}

Result<FileMetadata> to_metadata(const repo::Node& node) {
    const KindPair* found = nullptr;
    for (const KindPair& pair : kKinds) {
        if (pair.type == node.type) found = &pair;
    }
    if (found == nullptr) {
        const std::string type = node.type == repo::NodeType::kOther ? node.other_type : std::string("irregular");
        return Error(ErrorCode::kUnsupported, "restore \"" + escape_for_display(node.name) + "\": it is of type \"" +
                                                  escape_for_display(type) + "\"");
    }
    FileMetadata metadata;
    metadata.kind = found->kind;
    metadata.permissions = repo::to_st_mode(node.mode) & 07777U;
    metadata.mtime = to_file_time_of(node.mtime);
    metadata.atime = to_file_time_of(node.atime);
    metadata.ctime = to_file_time_of(node.ctime);
    metadata.uid = node.uid;
    metadata.gid = node.gid;
    metadata.user = node.user;
    metadata.group = node.group;
    metadata.inode = node.inode;
    metadata.device = node.device_id;
    metadata.links = node.links;
    metadata.size = node.size;
    metadata.node_device = node.device;
    metadata.link_target = node.link_target;
    for (const auto& attribute : node.extended_attributes)
        metadata.attributes.push_back({attribute.name, attribute.value.value_or("")});
    return metadata;
}

}  // namespace cofre::source
