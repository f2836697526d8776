#include "repo/json_writer.h"

namespace cofre::repo {

void append_hex_id(std::string& out, const Id& id) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::size_t begin = out.size();
    out.resize(begin + 2 * Id::kSize);
    char* to = out.data() + begin;
    for (const std::byte byte : id.bytes()) {
        *to++ = kDigits[std::to_integer<unsigned>(byte) >> 4U];
        *to++ = kDigits[std::to_integer<unsigned>(byte) & 0xFU];
    }
}

void ObjectWriter::texts(std::string_view key, std::span<const std::string> values) {
    std::string& out = value(key);
    out += '[';
    for (const std::string& text : values) {
        if (&text != values.data()) out += ',';
        append_json_string(out, text);
    }
    out += ']';
}

void ObjectWriter::unknown(std::span<const UnknownField> fields) {
    for (const UnknownField& field : fields) {
        std::string key;
        append_json_string(key, field.name);
        value(key + ':') += field.json;
    }
}

}  // namespace cofre::repo
