// Any bytes are understood as an answer of S3 or refused, by every parser. What
// is understood keeps the contracts of s3/s3_xml.h: keys are valid keys, an
// upload id is not empty, and a body we build from parsed keys is never empty.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "s3/s3_xml.h"

namespace {

void check_list_page(std::string_view xml) {
    const auto page = cofre::s3::parse_list_page(xml);
    if (!page) return;
    std::vector<cofre::store::ObjectKey> keys;
    for (const auto& object : page->objects) {
        const auto again = cofre::store::ObjectKey::parse(object.key.str());
        COFRE_CHECK(again.has_value() && *again == object.key);
        if (cofre::s3::fits_in_xml(object.key.str())) keys.push_back(object.key);
    }
    COFRE_CHECK(!cofre::s3::delete_document(keys).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view xml(reinterpret_cast<const char*>(data), size);
    check_list_page(xml);
    if (const auto id = cofre::s3::parse_upload_id(xml)) COFRE_CHECK(!id->empty());
    if (const auto failures = cofre::s3::parse_delete_result(xml)) {
        COFRE_CHECK(failures->size() <= size);
    }
    if (const auto page = cofre::s3::parse_upload_page(xml)) COFRE_CHECK(page->uploads.size() <= size);
    [[maybe_unused]] const auto etag = cofre::s3::parse_result_etag(xml);
    [[maybe_unused]] const auto error = cofre::s3::parse_error_document(xml);
    return 0;
}
