#include "store/local_names.h"

#include "base/encoding.h"
#include "base/utf8.h"

namespace cofre::store {
namespace {

constexpr std::size_t kLongestName = 255;  // NAME_MAX of every file system in use.

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_escape(std::string_view text, std::size_t at) {
    return text[at] == '%' && at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2]);
}

// `part` is what stands between two separators, with the slashes that are none.
std::string encode_name(std::string_view part) {
    if (part == ".") return "%2E";
    if (part == "..") return "%2E%2E";
    std::string name;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] == '/') {
            name += "%2F";
        } else if (is_escape(part, i)) {
            name += "%25";
        } else {
            name += part[i];
        }
    }
    return name;
}

std::string decode_name(std::string_view name) {
    std::string part;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (!is_escape(name, i)) {
            part += name[i];
            continue;
        }
        part += *percent_decode(name.substr(i, 3));
        i += 2;
    }
    return part;
}

}  // namespace

Result<LocalPath> to_local_path(const ObjectKey& key) {
    const std::string& text = key.str();
    const auto refuse = [&](const char* why) {
        return Error(ErrorCode::kUnsupported, "object key " + escape_for_display(text) + ": " + why);
    };
    LocalPath path;
    std::string part;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_last = i + 1 == text.size();
        if (text[i] != '/' || part.empty() || is_last) part += text[i];
        const bool ends_folder = text[i] == '/' && !is_last;
        if (!ends_folder && !is_last) continue;
        const std::string name = encode_name(part);
        if (name.size() > kLongestName) return refuse("a part of it is too long for a file name");
        if (path.folder.empty() && name == kTemporaryFolder) return refuse("this name is reserved");
        if (is_last) {
            path.name = name;
        } else {
            path.folder = join_path(path.folder, name);
            part.clear();
        }
    }
    return path;
}

std::optional<std::string> to_key_part(std::string_view name, NameKind kind) {
    std::string part = decode_name(name);
    if (part.find('\0') != std::string::npos || encode_name(part) != name) return std::nullopt;
    const std::size_t slash = part.find('/');
    if (kind == NameKind::kFolder) {
        if (part == "/") return part;
        if (slash != std::string::npos) return std::nullopt;
        return part + '/';
    }
    if (slash != std::string::npos && slash + 1 != part.size()) return std::nullopt;
    return part;
}

std::string join_path(const std::string& folder, std::string_view name) {
    return folder.empty() ? std::string(name) : folder + '/' + std::string(name);
}

}  // namespace cofre::store
