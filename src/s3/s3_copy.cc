#include "s3/s3_copy.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/units.h"
#include "s3/multipart_session.h"
#include "s3/object_head.h"
#include "s3/object_xml.h"
#include "s3/subresource_request.h"

namespace cofre::s3 {
namespace {

constexpr std::uint64_t kMaxSingleCopy = 5_GiB;
constexpr std::uint64_t kCopyPart = 1_GiB;

Result<store::ObjectHead> head_of(S3Client& client, const CallContext& ctx, const ObjectVersion& from) {
    auto outcome = client.send(ctx, head_object(from.key, /*with_checksum=*/false,
                                                {.version_id = std::string(from.version_id), .if_match = {}}));
    if (outcome.error) return *std::move(outcome.error);
    return read_object_head(outcome.response);
}

/// CopyObject takes the tags along by itself; a copy in parts does not.
Status take_tags(S3Client& client, const CallContext& ctx, const ObjectVersion& from, Tags& tags) {
    if (!tags.empty()) return {};
    auto outcome =
        client.send(ctx, read_subresource(S3Operation::kGetObjectTagging,
                                          {.key = from.key.str(), .name = "tagging", .version_id = from.version_id}));
    if (outcome.error && outcome.error->code() == ErrorCode::kUnsupported) return {};
    if (outcome.error) return *std::move(outcome.error);
    COFRE_ASSIGN(tags, parse_tags(outcome.response.body));
    return {};
}

Status copy_in_parts(S3Client& client, const CallContext& ctx, const CopySource& source, const store::ObjectKey& to,
                     ObjectFields fields, const store::ObjectHead& head) {
    fields.content_type = head.content_type;
    fields.metadata = head.metadata;
    COFRE_TRY(take_tags(client, ctx, {source.key, source.version_id}, fields.settings.tags));
    COFRE_ASSIGN(const auto session, MultipartSession::begin(client, ctx, to, std::move(fields)));
    std::vector<UploadedPart> parts;
    for (std::uint64_t offset = 0; offset < head.size;) {
        const store::ByteRange range{offset, std::min(kCopyPart, head.size - offset)};
        COFRE_ASSIGN(auto part, session->copy_part(ctx, static_cast<int>(parts.size()) + 1, source, range));
        parts.push_back(std::move(part));
        offset += *range.length;
    }
    auto receipt = session->complete(ctx, parts, head.size, {});
    if (!receipt) return std::move(receipt).error();
    return {};
}

}  // namespace

Status copy_inside(S3Client& client, const CallContext& ctx, const ObjectVersion& from, const store::ObjectKey& to,
                   const UploadSettings& settings) {
    if (from.key == to &&
        from.version_id.empty()) {  // The store would refuse it; it is as it should be, if it is there.
        auto head = head_of(client, ctx, from);
        if (!head) return std::move(head).error();
        return {};
    }
    const auto endpoint = client.endpoint();
    const CopySource source{endpoint->bucket(), from.key, from.version_id, client.customer_key()};
    COFRE_ASSIGN(auto fields, object_fields(client, ctx, to, {}, settings));
    auto outcome = client.send(ctx, copy_object(source, to, fields));
    if (outcome.ok()) return {};
    const bool may_be_too_large = outcome.error->code() == ErrorCode::kInvalidArgument;
    if (!may_be_too_large) return *std::move(outcome.error);
    COFRE_ASSIGN(const auto head, head_of(client, ctx, from));
    if (head.size <= kMaxSingleCopy || !client.profile().copies_parts) return *std::move(outcome.error);
    // Its parts bear a SHA-256 only if we send them.
    fields.with_checksum = false;
    return copy_in_parts(client, ctx, source, to, std::move(fields), head);
}

}  // namespace cofre::s3
