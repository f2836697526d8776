#include "s3/object_xml.h"

#include <string_view>
#include <utility>

#include "s3/bucket_xml.h"
#include "s3/object_head.h"
#include "s3/xml_read.h"

namespace cofre::s3 {
namespace {

std::string with_element(std::string_view name, std::string_view inner) {
    std::string document = "<";
    document.append(name).append(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">").append(inner);
    return document.append("</").append(name).append(">");
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
    out.append("<").append(name).append(">");
    xml::append_escaped(out, text);
    out.append("</").append(name).append(">");
}

// "ChecksumSHA256" and its brothers.
std::map<std::string, std::string> read_checksums(const pugi::xml_node& node) {
    constexpr std::string_view kPrefix = "Checksum";
    std::map<std::string, std::string> checksums;
    for (const auto& child : node.children()) {
        const std::string_view name = child.name();
        if (!name.starts_with(kPrefix) || name == "ChecksumType" || name == "ChecksumAlgorithm") continue;
        checksums[std::string(name.substr(kPrefix.size()))] = child.child_value();
    }
    return checksums;
}

Result<ObjectAttributes::Part> read_part(const pugi::xml_node& node) {
    ObjectAttributes::Part part;
    COFRE_ASSIGN(part.number, xml::number_in<int>(xml::text_of(node, "PartNumber"), "PartNumber"));
    COFRE_ASSIGN(part.size, xml::number_in<std::uint64_t>(xml::text_of(node, "Size"), "Size"));
    part.checksums = read_checksums(node);
    return part;
}

Result<VersionInfo> read_version(const pugi::xml_node& node, bool url_encoded) {
    COFRE_ASSIGN(const std::string name, xml::decode_name(xml::text_of(node, "Key"), url_encoded));
    auto key = store::ObjectKey::parse(name);
    if (!key)
        return Error(ErrorCode::kUnsupported, "the bucket holds a key that cannot be used: " + key.error().message());
    VersionInfo version{.key = *std::move(key)};
    version.version_id = xml::text_of(node, "VersionId");
    COFRE_ASSIGN(version.is_latest, xml::parse_bool(xml::text_of(node, "IsLatest"), "IsLatest"));
    COFRE_ASSIGN(version.last_modified, xml::parse_time(xml::text_of(node, "LastModified"), "LastModified"));
    version.is_delete_marker = std::string_view(node.name()) == "DeleteMarker";
    if (version.is_delete_marker) return version;
    COFRE_ASSIGN(version.size, xml::number_in<std::uint64_t>(xml::text_of(node, "Size"), "Size"));
    version.etag = strip_quotes(xml::text_of(node, "ETag"));
    version.storage_class = xml::text_of(node, "StorageClass");
    return version;
}

}  // namespace

Result<Tags> parse_tags(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "Tagging"));
    Tags tags;
    for (const auto& tag : root.child("TagSet").children("Tag"))
        tags[std::string(xml::text_of(tag, "Key"))] = xml::text_of(tag, "Value");
    return tags;
}

std::string tags_document(const Tags& tags) {
    std::string inner = "<TagSet>";
    for (const auto& [key, value] : tags) {
        inner += "<Tag>";
        append_element(inner, "Key", key);
        append_element(inner, "Value", value);
        inner += "</Tag>";
    }
    return with_element("Tagging", inner + "</TagSet>");
}

Result<ObjectAcl> parse_acl(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "AccessControlPolicy"));
    ObjectAcl acl{.owner = std::string(xml::text_of(root.child("Owner"), "ID")), .grants = {}};
    for (const auto& grant : root.child("AccessControlList").children("Grant")) {
        const auto grantee = grant.child("Grantee");
        std::string_view who = xml::text_of(grantee, "URI");
        if (who.empty()) who = xml::text_of(grantee, "ID");
        if (who.empty()) who = xml::text_of(grantee, "EmailAddress");
        acl.grants.push_back({std::string(who), std::string(xml::text_of(grant, "Permission"))});
    }
    return acl;
}

Result<Retention> parse_retention(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "Retention"));
    Retention retention;
    COFRE_ASSIGN(retention.mode, parse_retention_mode(xml::text_of(root, "Mode")));
    COFRE_ASSIGN(retention.until, xml::parse_time(xml::text_of(root, "RetainUntilDate"), "RetainUntilDate"));
    return retention;
}

std::string retention_document(const Retention& retention) {
    std::string inner;
    append_element(inner, "Mode", word_for(retention.mode));
    append_element(inner, "RetainUntilDate", format_rfc3339(std::chrono::ceil<std::chrono::seconds>(retention.until)));
    return with_element("Retention", inner);
}

Result<bool> parse_legal_hold(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "LegalHold"));
    const auto status = xml::text_of(root, "Status");
    if (status != "ON" && status != "OFF") return xml::malformed("a legal hold that is neither ON nor OFF");
    return status == "ON";
}

std::string legal_hold_document(bool on) {
    return with_element("LegalHold", on ? "<Status>ON</Status>" : "<Status>OFF</Status>");
}

std::string restore_document(const RestoreRequest& request) {
    std::string inner;
    if (request.days) append_element(inner, "Days", std::to_string(*request.days));
    inner += "<GlacierJobParameters>";
    switch (request.tier) {
        case RestoreTier::kStandard: append_element(inner, "Tier", "Standard"); break;
        case RestoreTier::kBulk: append_element(inner, "Tier", "Bulk"); break;
        case RestoreTier::kExpedited: append_element(inner, "Tier", "Expedited"); break;
    }
    return with_element("RestoreRequest", inner + "</GlacierJobParameters>");
}

Result<ObjectAttributes> parse_attributes(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "GetObjectAttributesResponse"));
    ObjectAttributes attributes;
    attributes.etag = strip_quotes(xml::text_of(root, "ETag"));
    attributes.storage_class = xml::text_of(root, "StorageClass");
    COFRE_ASSIGN(attributes.size, xml::number_in<std::uint64_t>(xml::text_of(root, "ObjectSize"), "ObjectSize"));
    attributes.checksums = read_checksums(root.child("Checksum"));
    attributes.checksum_type = xml::text_of(root.child("Checksum"), "ChecksumType");
    const auto parts = root.child("ObjectParts");
    COFRE_ASSIGN(attributes.part_count, xml::optional_number<int>(parts, "PartsCount"));
    for (const auto& node : parts.children("Part")) {
        COFRE_ASSIGN(auto part, read_part(node));
        attributes.parts.push_back(std::move(part));
    }
    return attributes;
}

Result<VersionPage> parse_version_page(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "ListVersionsResult"));
    const bool url_encoded = xml::text_of(root, "EncodingType") == "url";
    VersionPage page;
    COFRE_ASSIGN(page.is_truncated, xml::parse_bool(xml::text_of(root, "IsTruncated"), "IsTruncated"));
    COFRE_ASSIGN(page.next_key_marker, xml::decode_name(xml::text_of(root, "NextKeyMarker"), url_encoded));
    page.next_version_marker = xml::text_of(root, "NextVersionIdMarker");
    for (const auto& node : root.children()) {
        const std::string_view name = node.name();
        if (name != "Version" && name != "DeleteMarker") continue;
        COFRE_ASSIGN(auto version, read_version(node, url_encoded));
        page.versions.push_back(std::move(version));
    }
    return page;
}

}  // namespace cofre::s3
