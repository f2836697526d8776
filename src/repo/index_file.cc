#include "repo/index_file.h"

#include <array>
#include <charconv>
#include <limits>

#include <simdjson.h>

#include "crypto/sealed_box.h"

namespace cofre::repo {
namespace {

namespace sj = simdjson;
using Value = sj::ondemand::value;

constexpr std::size_t kBytesPerBlob = 170;  // As written below, at most.
constexpr std::string_view kIdDigits = "0123456789abcdef";

void append_hex(std::string& out, const Id& id) {
    std::array<char, 2 * Id::kSize> text{};
    for (std::size_t i = 0; i < Id::kSize; ++i) {
        const auto byte = std::to_integer<unsigned>(id.bytes()[i]);
        text[2 * i] = kIdDigits[byte >> 4U];
        text[2 * i + 1] = kIdDigits[byte & 15U];
    }
    out.append(text.data(), text.size());
}

void append_number(std::string& out, std::uint32_t number) {
    std::array<char, 10> text{};
    const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), number);
    out.append(text.data(), end);
}

Error bad_index(sj::error_code code) {
    return Error(ErrorCode::kCorruption, std::string("index: ") + sj::error_message(code));
}
Error bad_index(std::string_view why) {
    return Error(ErrorCode::kCorruption, "index: " + std::string(why));
}

/// A null where a list is expected: what Go writes for an empty one.
bool is_null_value(Value& value) {
    bool null = false;
    return value.is_null().get(null) == sj::SUCCESS && null;
}

sj::error_code read_u32(Value& value, std::uint32_t& out) {
    std::uint64_t number = 0;
    if (const auto code = value.get_uint64().get(number); code != sj::SUCCESS) return code;
    if (number > std::numeric_limits<std::uint32_t>::max()) return sj::NUMBER_ERROR;
    out = static_cast<std::uint32_t>(number);
    return sj::SUCCESS;
}

sj::error_code read_id(Value& value, Id& out) {
    std::string_view text;
    if (const auto code = value.get_string().get(text); code != sj::SUCCESS) return code;
    return Id::parse_into(text, out) ? sj::SUCCESS : sj::INCORRECT_TYPE;
}

sj::error_code read_type(Value& value, BlobType& out) {
    std::string_view text;
    if (const auto code = value.get_string().get(text); code != sj::SUCCESS) return code;
    if (text != "data" && text != "tree") return sj::INCORRECT_TYPE;
    out = text == "tree" ? BlobType::kTree : BlobType::kData;
    return sj::SUCCESS;
}

/// Which members were there.
enum Member : unsigned { kId = 1, kType = 2, kOffset = 4, kLength = 8, kAllMembers = 15 };

Status read_blob_members(sj::ondemand::object members, PackedBlob& blob) {
    unsigned seen = 0;
    for (auto field : members) {
        std::string_view key;
        if (const auto code = field.unescaped_key().get(key); code != sj::SUCCESS) return bad_index(code);
        Value value;
        if (const auto code = field.value().get(value); code != sj::SUCCESS) return bad_index(code);
        sj::error_code code = sj::SUCCESS;
        if (key == "id") {
            code = read_id(value, blob.id);
            seen |= kId;
        } else if (key == "type") {
            code = read_type(value, blob.type);
            seen |= kType;
        } else if (key == "offset") {
            code = read_u32(value, blob.offset);
            seen |= kOffset;
        } else if (key == "length") {
            code = read_u32(value, blob.length);
            seen |= kLength;
        } else if (key == "uncompressed_length") {
            code = read_u32(value, blob.uncompressed_length);
        }
        if (code != sj::SUCCESS) return bad_index(code);
    }
    if (seen != kAllMembers) return bad_index("a blob without id, type, offset or length");
    if (blob.length < crypto::SealedBox::kOverhead) return bad_index("a blob shorter than its MAC");
    if (blob.offset > std::numeric_limits<std::uint32_t>::max() - blob.length) return bad_index("a blob past 4 GiB");
    return {};
}

/// Calls `read` with each object of a list.
template <typename Read>
Status read_each(Value& value, Read read) {
    if (is_null_value(value)) return {};
    sj::ondemand::array list;
    if (const auto code = value.get_array().get(list); code != sj::SUCCESS) return bad_index(code);
    for (auto item : list) {
        sj::ondemand::object members;
        if (const auto code = item.get_object().get(members); code != sj::SUCCESS) return bad_index(code);
        COFRE_TRY(read(members));
    }
    return {};
}

Status read_blobs(Value& value, std::vector<PackedBlob>& blobs) {
    return read_each(value, [&blobs](const sj::ondemand::object& members) {
        return read_blob_members(members, blobs.emplace_back());
    });
}

Status read_pack(sj::ondemand::object members, PackContent& pack) {
    bool has_id = false;
    for (auto field : members) {
        std::string_view key;
        if (const auto code = field.unescaped_key().get(key); code != sj::SUCCESS) return bad_index(code);
        Value value;
        if (const auto code = field.value().get(value); code != sj::SUCCESS) return bad_index(code);
        if (key == "id") {
            if (const auto code = read_id(value, pack.id); code != sj::SUCCESS) return bad_index(code);
            has_id = true;
        } else if (key == "blobs") {
            COFRE_TRY(read_blobs(value, pack.blobs));
        }
    }
    if (!has_id) return bad_index("a pack without id");
    return {};
}

Status read_packs(Value& value, const std::function<Status(PackContent&&)>& visit) {
    return read_each(value, [&visit](const sj::ondemand::object& members) -> Status {
        PackContent pack;
        COFRE_TRY(read_pack(members, pack));
        return visit(std::move(pack));
    });
}

}  // namespace

std::string encode_index(std::span<const PackContent> packs) {
    std::size_t blobs = 0;
    for (const auto& pack : packs)
        blobs += pack.blobs.size() + 1;
    std::string out;
    out.reserve(blobs * kBytesPerBlob + 16);
    out += R"({"packs":[)";
    for (const auto& pack : packs) {
        if (&pack != packs.data()) out += ',';
        out += R"({"id":")";
        append_hex(out, pack.id);
        out += R"(","blobs":[)";
        for (const auto& blob : pack.blobs) {
            if (&blob != pack.blobs.data()) out += ',';
            out += R"({"id":")";
            append_hex(out, blob.id);
            out += blob.type == BlobType::kTree ? R"(","type":"tree","offset":)" : R"(","type":"data","offset":)";
            append_number(out, blob.offset);
            out += R"(,"length":)";
            append_number(out, blob.length);
            if (blob.uncompressed_length != 0) {
                out += R"(,"uncompressed_length":)";
                append_number(out, blob.uncompressed_length);
            }
            out += '}';
        }
        out += "]}";
    }
    out += "]}";
    return out;
}

Status decode_index(ByteBuffer& json, const std::function<Status(PackContent&&)>& visit) {
    json.reserve(json.size() + sj::SIMDJSON_PADDING);
    sj::ondemand::parser parser;
    sj::ondemand::document document;
    const auto* const text = reinterpret_cast<const char*>(json.data());
    if (const auto code = parser.iterate(text, json.size(), json.capacity()).get(document); code != sj::SUCCESS) {
        return bad_index(code);
    }
    sj::ondemand::object members;
    if (const auto code = document.get_object().get(members); code != sj::SUCCESS) return bad_index(code);
    bool has_packs = false;
    for (auto field : members) {
        std::string_view key;
        if (const auto code = field.unescaped_key().get(key); code != sj::SUCCESS) return bad_index(code);
        if (key != "packs") continue;  // Also "supersedes" of old files.
        Value value;
        if (const auto code = field.value().get(value); code != sj::SUCCESS) return bad_index(code);
        COFRE_TRY(read_packs(value, visit));
        has_packs = true;
    }
    const char* rest = nullptr;  // A place after the document is one only if something is there.
    if (document.current_location().get(rest) == sj::SUCCESS) return bad_index("something follows it");
    if (!has_packs) return bad_index("no list of packs");
    return {};
}

}  // namespace cofre::repo
