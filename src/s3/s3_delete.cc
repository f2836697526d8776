#include "s3/s3_delete.h"

#include <algorithm>
#include <string>
#include <utility>

#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

constexpr std::size_t kKeysPerRequest = 1000;

using Failures = std::vector<store::RemoveFailure>;

Error as_error(S3Client& client, const DeleteFailure& failure) {
    const auto endpoint = client.endpoint();
    const std::string base_url = endpoint->base_url();
    const S3Failure details{.status = 200, .code = failure.code, .message = failure.message};
    return to_error(details, {.operation = S3Operation::kDeleteObject,
                              .key = failure.key,
                              .bucket = endpoint->bucket(),
                              .base_url = base_url,
                              .region = endpoint->region()});
}

void remove_singly(S3Client& client, const CallContext& ctx, std::span<const store::ObjectKey> keys,
                   Failures& failures) {
    for (const auto& key : keys) {
        if (Status status = delete_one(client, ctx, key); !status) failures.push_back({key, std::move(status).error()});
    }
}

bool has_no_such_operation(const S3Outcome& outcome) {
    return outcome.error && outcome.error->code() == ErrorCode::kUnsupported;
}

// Every key of a request that failed as a whole may still be there.
void add_all(std::span<const store::ObjectKey> keys, const Error& error, Failures& failures) {
    for (const auto& key : keys)
        failures.push_back({key, error});
}

Status add_refused(S3Client& client, std::string_view xml, Failures& failures) {
    COFRE_ASSIGN(const auto refused, parse_delete_result(xml));
    for (const auto& failure : refused) {
        if (failure.code == "NoSuchKey") continue;
        COFRE_ASSIGN(auto key, store::ObjectKey::parse(failure.key));
        failures.push_back({std::move(key), as_error(client, failure)});
    }
    return {};
}

Status remove_batch(S3Client& client, const CallContext& ctx, std::span<const store::ObjectKey> keys,
                    Failures& failures) {
    const std::string document = delete_document(keys);
    const auto outcome = client.send(ctx, delete_objects(document));
    if (outcome.ok()) return add_refused(client, outcome.response.body, failures);
    if (!has_no_such_operation(outcome)) return *outcome.error;
    remove_singly(client, ctx, keys, failures);
    return {};
}

}  // namespace

Status delete_one(S3Client& client, const CallContext& ctx, const store::ObjectKey& key) {
    auto outcome = client.send(ctx, delete_object(key));
    if (outcome.ok() || outcome.code == "NoSuchKey") return {};
    return *std::move(outcome.error);
}

Result<Failures> delete_many(S3Client& client, const CallContext& ctx, std::span<const store::ObjectKey> keys) {
    std::vector<store::ObjectKey> plain(keys.begin(), keys.end());
    const auto middle =
        std::stable_partition(plain.begin(), plain.end(), [](const auto& key) { return fits_in_xml(key.str()); });
    const auto plain_count = static_cast<std::size_t>(middle - plain.begin());
    const std::span<const store::ObjectKey> all(plain);

    Failures failures;
    for (std::size_t done = 0; done < plain_count;) {
        const auto batch = all.subspan(done, std::min(kKeysPerRequest, plain_count - done));
        Status status = remove_batch(client, ctx, batch, failures);
        if (!status && done == 0) return std::move(status).error();
        if (!status) add_all(batch, status.error(), failures);
        done += batch.size();
    }
    remove_singly(client, ctx, all.subspan(plain_count), failures);
    return failures;
}

}  // namespace cofre::s3
