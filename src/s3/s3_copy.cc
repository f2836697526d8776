#include "s3/s3_copy.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/units.h"
#include "s3/multipart_session.h"
#include "s3/object_head.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

constexpr std::uint64_t kMaxSingleCopy = 5_GiB;
constexpr std::uint64_t kCopyPart = 1_GiB;

Result<store::ObjectHead> head_of(S3Client& client, const CallContext& ctx, const store::ObjectKey& key) {
    auto outcome = client.send(ctx, head_object(key, /*with_checksum=*/false));
    if (outcome.error) return *std::move(outcome.error);
    return read_object_head(outcome.response);
}

Status copy_in_parts(S3Client& client, const CallContext& ctx, const store::ObjectKey& from, const store::ObjectKey& to,
                     const store::ObjectHead& head) {
    ObjectFields fields{.content_type = head.content_type, .metadata = head.metadata};
    COFRE_ASSIGN(const auto session, MultipartSession::begin(client, ctx, to, std::move(fields)));
    std::vector<UploadedPart> parts;
    for (std::uint64_t offset = 0; offset < head.size;) {
        const store::ByteRange range{offset, std::min(kCopyPart, head.size - offset)};
        COFRE_ASSIGN(auto part, session->copy_part(ctx, static_cast<int>(parts.size()) + 1, from, range));
        parts.push_back(std::move(part));
        offset += *range.length;
    }
    auto receipt = session->complete(ctx, parts, head.size, {});
    if (!receipt) return std::move(receipt).error();
    return {};
}

}  // namespace

Status copy_inside(S3Client& client, const CallContext& ctx, const store::ObjectKey& from, const store::ObjectKey& to) {
    if (from == to) {  // The store would refuse it; it is as it should be, if it is there.
        auto head = head_of(client, ctx, from);
        if (!head) return std::move(head).error();
        return {};
    }
    auto outcome = client.send(ctx, copy_object(client.endpoint()->bucket(), from, to));
    if (outcome.ok()) return {};
    const bool may_be_too_large = outcome.error->code() == ErrorCode::kInvalidArgument;
    if (!may_be_too_large) return *std::move(outcome.error);
    COFRE_ASSIGN(const auto head, head_of(client, ctx, from));
    if (head.size <= kMaxSingleCopy || !client.profile().copies_parts) return *std::move(outcome.error);
    return copy_in_parts(client, ctx, from, to, head);
}

}  // namespace cofre::s3
