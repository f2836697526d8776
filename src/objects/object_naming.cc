#include "objects/object_naming.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/utf8.h"
#include "objects/manifest_layout.h"

namespace cofre::objects {
namespace {

constexpr std::string_view kManifestSuffix = ".cofre.json";
constexpr std::size_t kTimeLength = std::string_view("20261122T013659Z").size();
constexpr std::size_t kIdLength = 16;

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

void append_percent(std::string& out, std::string_view bytes) {
    for (const char c : bytes)
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

// How many bytes the character at the front has; 0: they are not UTF-8.
std::size_t character_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const auto sequence = text.substr(0, length);
    return sequence.size() == length && is_utf8(sequence) ? length : 0;
}

// C0, DEL and, in two bytes, C1.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character.front());
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

// A '%' that stays is never followed by two hexadecimal digits, and none that
// is put in begins with one: so undoing every %XX gives `path` again.
std::string escape_path(std::string_view path) {
    std::string out;
    out.reserve(path.size() + 8);
    if (path == ".cofre" || path.starts_with(kReservedFolder)) {
        append_percent(out, path.substr(0, 1));
        path.remove_prefix(1);
    }
    while (!path.empty()) {
        const std::size_t length = character_length(path);
        const auto character = path.substr(0, std::max<std::size_t>(length, 1));
        const bool looks_escaped =
            character == "%" && path.size() > 2 && is_hex_digit(path[1]) && is_hex_digit(path[2]);
        if (length == 0 || is_control(character) || looks_escaped) {
            append_percent(out, character);
        } else {
            out += character;
        }
        path.remove_prefix(character.size());
    }
    return out;
}

std::string_view suffix_of(Compression compression) {
    switch (compression) {
        case Compression::kNone: return "";
        case Compression::kZstd: return ".zst";
        case Compression::kGzip: return ".gz";
    }
    return "";
}

std::optional<WallTime> parse_basic_time(std::string_view text) {
    if (text.size() != kTimeLength) return std::nullopt;
    const auto digits = [&](std::size_t at, std::size_t count) { return text.substr(at, count); };
    const bool is_basic = std::all_of(text.begin(), text.begin() + 8, is_digit) && text[8] == 'T' &&
                          std::all_of(text.begin() + 9, text.begin() + 15, is_digit) && text[15] == 'Z';
    if (!is_basic) return std::nullopt;
    const auto time = parse_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}Z", digits(0, 4), digits(4, 2), digits(6, 2),
                                                digits(9, 2), digits(11, 2), digits(13, 2)));
    return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

Result<store::ObjectKey> key_for_path(std::string_view prefix, std::string_view path, Compression compression) {
    const auto refuse = [&](std::string_view why) {
        return Error(ErrorCode::kInvalidArgument,
                     "name object for " + escape_for_display(path) + ": " + std::string(why));
    };
    if (!is_safe_relative_path(path)) return refuse("not a relative path without \".\" and \"..\"");
    std::string key = fmt::format("{}{}{}", prefix, escape_path(path), suffix_of(compression));
    if (key.size() > store::ObjectKey::kMaxBytes) {
        return refuse(fmt::format("the key would have {} bytes, and {} are allowed", key.size(),
                                  store::ObjectKey::kMaxBytes))
            .with_hint("shorten the prefix or the folder names");
    }
    return store::ObjectKey::parse(key);
}

std::string job_in_key(std::string_view job) {
    std::string text(job);
    for (char& c : text) {
        const bool is_plain =
            is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-';
        if (!is_plain) c = '_';
    }
    return text;
}

Result<store::ObjectKey> manifest_key(std::string_view prefix, const ManifestHeader& header) {
    if (!is_snapshot_id(header.id) || header.job.empty()) {
        return Error(ErrorCode::kInvalidArgument, "name manifest: it needs a job and an id of 16 hexadecimal digits");
    }
    return store::ObjectKey::parse(fmt::format("{}{}{}-{}-{}{}", prefix, kReservedFolder,
                                               format_basic(header.started_at), job_in_key(header.job), header.id,
                                               kManifestSuffix));
}

std::optional<SnapshotRef> parse_manifest_key(std::string_view prefix, const store::ObjectInfo& info) {
    std::string_view name = info.key.str();
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    if (!name.starts_with(kReservedFolder) || !name.ends_with(kManifestSuffix)) return std::nullopt;
    name.remove_prefix(kReservedFolder.size());
    // Time, '-', job, '-', id.
    if (name.size() < kTimeLength + 2 + kIdLength + kManifestSuffix.size() + 1) return std::nullopt;
    name.remove_suffix(kManifestSuffix.size());
    const auto id = name.substr(name.size() - kIdLength);
    const auto time = parse_basic_time(name.substr(0, kTimeLength));
    const auto middle = name.substr(kTimeLength, name.size() - kTimeLength - kIdLength);
    const auto job = middle.substr(1, middle.size() - 2);
    if (!time || !is_snapshot_id(id) || middle.front() != '-' || middle.back() != '-') return std::nullopt;
    if (job_in_key(job) != job) return std::nullopt;
    return SnapshotRef{
        .key = info.key, .time = *time, .job = std::string(job), .id = std::string(id), .size = info.size};
}

}  // namespace cofre::objects
