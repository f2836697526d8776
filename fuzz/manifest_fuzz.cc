// Any bytes are read as a manifest, or as a part of one, or refused. To get past
// the digests, which no mutation keeps right, the bytes are also put behind
// digests that fit. What is read can be written, and is then read as the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "crypto/digest.h"
#include "objects/manifest.h"
#include "objects/manifest_layout.h"
#include "objects/manifest_reader.h"

namespace {

using namespace cofre::objects;  // NOLINT(google-build-using-namespace): a program of one file

void check_entry(std::string_view line) {
    const auto entry = decode_entry(line);
    if (!entry) return;
    COFRE_CHECK(is_safe_relative_path(entry->path));
    const std::string written = encode_entry(*entry);
    if (written.size() > kMaxLineBytes) return;  // Escapes made it longer; a builder refuses it.
    const auto again = decode_entry(written);
    COFRE_CHECK(again && again->path == entry->path && encode_entry(*again) == written);
}

void check_error(std::string_view line) {
    const auto error = decode_error(line);
    if (!error) return;
    const std::string written = encode_error(*error);
    if (written.size() > kMaxLineBytes) return;
    const auto again = decode_error(written);
    COFRE_CHECK(again && again->path == error->path && again->message == error->message);
}

void check_header(std::string_view line) {
    const auto header = decode_header(line);
    if (!header) return;
    const std::string written = encode_header(*header);
    if (written.size() > kMaxHeaderBytes) return;
    const auto again = decode_header(written);
    COFRE_CHECK(again && encode_header(*again) == written);
}

std::string header_with(std::string_view body) {
    return std::string(kHeaderStart) + cofre::crypto::sha256(body).hex() + std::string(kHeaderDigestEnd) +
           std::string(body);
}

// The lines before the errors, which is how many entries there should be.
std::uint64_t count_entries(std::string_view rest) {
    std::uint64_t count = 0;
    for (std::size_t from = 0; from < rest.size() && !rest.substr(from).starts_with(kErrorsStart); ++count) {
        const auto end = rest.find('\n', from);
        if (end == std::string_view::npos) break;
        from = end + 1;
    }
    return count;
}

std::string document_with(std::string_view rest) {
    ManifestHeader header;
    header.id = "0123456789abcdef";
    header.entries = count_entries(rest);
    header.entries_sha256 = cofre::crypto::sha256(rest);
    return encode_header(header) + "\n" + std::string(rest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_entry(input);
    check_error(input);
    check_header(input);
    check_header(header_with(input));
    [[maybe_unused]] const auto as_document = check_manifest_text(input);
    [[maybe_unused]] const auto as_rest = check_manifest_text(document_with(input));
    return 0;
}
