#include "s3/xml_read.h"

#include <algorithm>

#include "base/encoding.h"

namespace cofre::s3::xml {

// A key may be a single blank.
constexpr unsigned kParse = pugi::parse_default | pugi::parse_ws_pcdata_single;

Error malformed(std::string_view what) {
    return {ErrorCode::kCorruption, "the store's answer cannot be understood: " + std::string(what)};
}

bool load(pugi::xml_document& document, std::string_view text) {
    return static_cast<bool>(document.load_buffer(text.data(), text.size(), kParse, pugi::encoding_utf8));
}

Result<pugi::xml_node> load_root(pugi::xml_document& document, std::string_view text, std::string_view name) {
    if (!load(document, text)) return malformed("not well-formed XML");
    const pugi::xml_node root = document.document_element();
    if (root.name() != name)
        return malformed("a \"" + std::string(root.name()).substr(0, 64) + "\" instead of " + std::string(name));
    return root;
}

std::string_view text_of(const pugi::xml_node& node, const char* name) {
    return node.child_value(name);
}

Result<bool> parse_bool(std::string_view text, std::string_view what) {
    if (text == "true") return true;
    if (text == "false") return false;
    return malformed(std::string(what) + " is neither true nor false");
}

Result<WallTime> parse_time(std::string_view text, std::string_view what) {
    const auto time = parse_rfc3339(text);
    if (!time) return malformed(std::string(what) + " is not a time");
    return *time;
}

Result<std::string> decode_name(std::string_view text, bool url_encoded) {
    if (!url_encoded) return std::string(text);
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    auto decoded = percent_decode(spaced);
    if (!decoded) return malformed("a name is not percent-encoded although the answer says so");
    return decoded;
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\t': out += "&#9;"; break;
            case '\n': out += "&#10;"; break;
            case '\r': out += "&#13;"; break;
            default: out += c;
        }
    }
}

}  // namespace cofre::s3::xml
