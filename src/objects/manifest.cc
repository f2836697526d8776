#include "objects/manifest.h"

namespace cofre::objects {

std::string_view to_string(EntryType type) {
    switch (type) {
        case EntryType::kFile: return "file";
        case EntryType::kDirectory: return "directory";
        case EntryType::kSymlink: return "symlink";
    }
    return "unknown";
}

std::string_view to_string(Compression compression) {
    switch (compression) {
        case Compression::kNone: return "none";
        case Compression::kZstd: return "zstd";
        case Compression::kGzip: return "gzip";
    }
    return "unknown";
}

Result<Compression> parse_compression(std::string_view text) {
    for (const auto compression : {Compression::kNone, Compression::kZstd, Compression::kGzip}) {
        if (text == to_string(compression)) return compression;
    }
    return Error(ErrorCode::kInvalidArgument, "parse compression: \"" + std::string(text.substr(0, 32)) + "\" is none")
        .with_hint("use none, zstd or gzip");
}

std::string_view to_string(Proof proof) {
    switch (proof) {
        case Proof::kNone: return "none";
        case Proof::kSize: return "size";
        case Proof::kChecksum: return "checksum";
        case Proof::kReadBack: return "read-back";
    }
    return "unknown";
}

bool is_safe_relative_path(std::string_view path) {
    if (path.find('\0') != std::string_view::npos) return false;
    for (;;) {
        const auto slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        if (part.empty() || part == "." || part == "..") return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace cofre::objects
