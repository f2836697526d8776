#include "s3/s3_xml.h"

#include <algorithm>
#include <cstring>

#include "s3/xml_read.h"

namespace cofre::s3 {
namespace {

using xml::append_escaped;
using xml::decode_name;
using xml::load;
using xml::load_root;
using xml::malformed;
using xml::number_in;
using xml::parse_bool;
using xml::parse_time;
using xml::text_of;

std::string without_quotes(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
    return std::string(etag);
}

Result<store::ObjectInfo> parse_object(const pugi::xml_node& node, bool url_encoded) {
    COFRE_ASSIGN(const std::string name, decode_name(text_of(node, "Key"), url_encoded));
    auto key = store::ObjectKey::parse(name);
    if (!key)
        return Error(ErrorCode::kUnsupported, "the bucket holds a key that cannot be used: " + key.error().message());
    store::ObjectInfo info{.key = *std::move(key)};
    COFRE_ASSIGN(info.size, number_in<std::uint64_t>(text_of(node, "Size"), "Size"));
    info.etag = without_quotes(text_of(node, "ETag"));
    COFRE_ASSIGN(info.last_modified, parse_time(text_of(node, "LastModified"), "LastModified"));
    return info;
}

bool is_url_encoded(const pugi::xml_node& root) {
    return text_of(root, "EncodingType") == "url";
}

}  // namespace

Result<ListPage> parse_list_page(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, load_root(document, xml, "ListBucketResult"));
    const bool url_encoded = is_url_encoded(root);
    ListPage page;
    COFRE_ASSIGN(page.is_truncated, parse_bool(text_of(root, "IsTruncated"), "IsTruncated"));
    page.next_token = text_of(root, "NextContinuationToken");
    COFRE_ASSIGN(page.next_marker, decode_name(text_of(root, "NextMarker"), url_encoded));
    if (const auto token = root.child("ContinuationToken")) page.token = token.child_value();
    if (const auto count = root.child("KeyCount")) {
        COFRE_ASSIGN(page.key_count, number_in<std::uint64_t>(count.child_value(), "KeyCount"));
    }
    for (const auto& node : root.children("Contents")) {
        COFRE_ASSIGN(auto object, parse_object(node, url_encoded));
        page.objects.push_back(std::move(object));
    }
    for (const auto& node : root.children("CommonPrefixes")) {
        COFRE_ASSIGN(auto prefix, decode_name(text_of(node, "Prefix"), url_encoded));
        page.common_prefixes.push_back(std::move(prefix));
    }
    return page;
}

Result<UploadPage> parse_upload_page(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, load_root(document, xml, "ListMultipartUploadsResult"));
    const bool url_encoded = is_url_encoded(root);
    UploadPage page;
    COFRE_ASSIGN(page.is_truncated, parse_bool(text_of(root, "IsTruncated"), "IsTruncated"));
    COFRE_ASSIGN(page.next_key_marker, decode_name(text_of(root, "NextKeyMarker"), url_encoded));
    page.next_upload_id_marker = text_of(root, "NextUploadIdMarker");
    for (const auto& node : root.children("Upload")) {
        UploadPage::Upload upload;
        COFRE_ASSIGN(upload.key, decode_name(text_of(node, "Key"), url_encoded));
        upload.upload_id = text_of(node, "UploadId");
        if (upload.upload_id.empty()) return malformed("an upload without an id");
        COFRE_ASSIGN(upload.initiated, parse_time(text_of(node, "Initiated"), "Initiated"));
        page.uploads.push_back(std::move(upload));
    }
    return page;
}

Result<PartPage> parse_part_page(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, load_root(document, xml, "ListPartsResult"));
    PartPage page;
    COFRE_ASSIGN(page.is_truncated, parse_bool(text_of(root, "IsTruncated"), "IsTruncated"));
    for (const auto& node : root.children("Part")) {
        UploadedPart part;
        COFRE_ASSIGN(part.number, number_in<int>(text_of(node, "PartNumber"), "PartNumber"));
        COFRE_ASSIGN(part.size, number_in<std::uint64_t>(text_of(node, "Size"), "Size"));
        part.etag = text_of(node, "ETag");
        page.parts.push_back(std::move(part));
    }
    return page;
}

Result<std::string> parse_upload_id(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, load_root(document, xml, "InitiateMultipartUploadResult"));
    std::string id(text_of(root, "UploadId"));
    if (id.empty()) return malformed("no UploadId");
    return id;
}

Result<std::string> parse_result_etag(std::string_view xml) {
    pugi::xml_document document;
    if (!load(document, xml)) return malformed("not well-formed XML");
    const pugi::xml_node root = document.document_element();
    const std::string_view name = root.name();
    if (name != "CompleteMultipartUploadResult" && name != "CopyObjectResult" && name != "CopyPartResult") {
        return malformed("a \"" + std::string(name).substr(0, 64) + "\" instead of a result");
    }
    return std::string(text_of(root, "ETag"));
}

Result<std::vector<DeleteFailure>> parse_delete_result(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, load_root(document, xml, "DeleteResult"));
    std::vector<DeleteFailure> failures;
    for (const auto& node : root.children("Error")) {
        failures.push_back({std::string(text_of(node, "Key")), std::string(text_of(node, "Code")),
                            std::string(text_of(node, "Message"))});
    }
    return failures;
}

std::optional<ErrorDocument> parse_error_document(std::string_view xml) {
    pugi::xml_document document;
    if (!load(document, xml)) return std::nullopt;
    const pugi::xml_node root = document.document_element();
    if (std::strcmp(root.name(), "Error") != 0) return std::nullopt;
    return ErrorDocument{std::string(text_of(root, "Code")), std::string(text_of(root, "Message")),
                         std::string(text_of(root, "Region")), std::string(text_of(root, "RequestId"))};
}

bool fits_in_xml(std::string_view key) {
    const auto is_allowed = [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r';
    };
    if (!std::all_of(key.begin(), key.end(), is_allowed)) return false;
    // U+FFFE and U+FFFF are well-formed UTF-8 but not XML characters.
    return key.find("\xef\xbf\xbe") == std::string_view::npos && key.find("\xef\xbf\xbf") == std::string_view::npos;
}

std::string delete_document(std::span<const store::ObjectKey> keys) {
    std::string xml = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>";
    for (const auto& key : keys) {
        xml += "<Object><Key>";
        append_escaped(xml, key.str());
        xml += "</Key></Object>";
    }
    return xml + "</Delete>";
}

std::string complete_document(std::span<const UploadedPart> parts, bool with_checksum) {
    std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (const auto& part : parts) {
        xml += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>";
        append_escaped(xml, part.etag);
        xml += "</ETag>";
        if (with_checksum) xml += "<ChecksumSHA256>" + part.sha256.base64() + "</ChecksumSHA256>";
        xml += "</Part>";
    }
    return xml + "</CompleteMultipartUpload>";
}

}  // namespace cofre::s3
