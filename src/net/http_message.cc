#include "net/http_message.h"

#include <algorithm>

namespace cofre::net {
namespace {

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view lower) {
    return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) { return to_lower(x) == y; });
}

}  // namespace

std::string_view find_header(const HttpHeaders& headers, std::string_view name) {
    for (const auto& header : headers) {
        if (same_name(header.name, name)) return header.value;
    }
    return {};
}

}  // namespace cofre::net
