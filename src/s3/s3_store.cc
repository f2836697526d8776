#include "s3/s3_store.h"

#include <cstdlib>
#include <utility>

#include "s3/multipart_session.h"
#include "s3/object_head.h"
#include "s3/s3_client.h"
#include "s3/s3_copy.h"
#include "s3/s3_delete.h"
#include "s3/s3_download.h"
#include "s3/s3_listing.h"
#include "s3/s3_upload.h"
#include "s3/s3_writer.h"
#include "s3/s3_xml.h"
#include "s3/upload_janitor.h"
#include "s3/upload_resume.h"

namespace cofre::s3 {
namespace {

// Below it every provider refuses all parts but the last.
constexpr std::uint64_t kMinPartSize = 5_MiB;

Error contradiction(std::string_view what) {
    return {ErrorCode::kInvalidArgument, "S3 options: " + std::string(what)};
}

Status check(const S3Options& options) {
    if (options.part_size < kMinPartSize) return contradiction("part_size must be at least 5 MiB");
    if (options.part_size > 5_GiB) return contradiction("part_size must be at most 5 GiB");
    if (options.multipart_threshold > 5_GiB) return contradiction("multipart_threshold must be at most 5 GiB");
    if (options.part_concurrency < 1) return contradiction("part_concurrency must be at least 1");
    if (options.max_connections < 1) return contradiction("max_connections must be at least 1");
    if (options.max_attempts < 1) return contradiction("max_attempts must be at least 1");
    return check_settings(options.object, options.access);
}

std::shared_ptr<Semaphore> memory_of_one_writer(const S3Options& options) {
    const auto parts = static_cast<std::uint64_t>(options.part_concurrency) + 1;
    return std::make_shared<Semaphore>(parts * options.part_size);
}

std::optional<std::filesystem::path> ca_bundle_from_environment() {
    const char* const path = std::getenv("AWS_CA_BUNDLE");  // NOLINT(concurrency-mt-unsafe): nothing calls setenv().
    if (path == nullptr || *path == '\0') return std::nullopt;
    return path;
}

}  // namespace

struct S3Store::Impl {
    std::unique_ptr<S3Client> client;
    UploadSettings upload;
};

S3Store::S3Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
S3Store::~S3Store() = default;

Result<std::unique_ptr<S3Store>> S3Store::create(S3Options options,
                                                 std::unique_ptr<aws::CredentialProvider> credentials, Clock& clock) {
    COFRE_TRY(check(options));
    if (!options.ca_bundle) options.ca_bundle = ca_bundle_from_environment();
    auto impl = std::make_unique<Impl>();
    COFRE_ASSIGN(impl->client, S3Client::create(options, std::move(credentials), clock));
    impl->upload = {.multipart_threshold = options.multipart_threshold,
                    .part_size = options.part_size,
                    .part_concurrency = options.part_concurrency,
                    .object = options.object,
                    .part_memory = options.part_memory ? options.part_memory : memory_of_one_writer(options),
                    .ledger_folder = options.ledger_folder};
    return std::unique_ptr<S3Store>(new S3Store(std::move(impl)));
}

std::string S3Store::describe() const {
    const auto endpoint = impl_->client->endpoint();
    return "s3://" + endpoint->bucket() + " at " + endpoint->base_url();
}

Result<store::PutReceipt> S3Store::put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                       const store::PutOptions& options) {
    return upload(*impl_->client, ctx, key, body, options, impl_->upload);
}

Result<std::unique_ptr<store::ObjectWriter>> S3Store::create_writer(const CallContext& ctx, const store::ObjectKey& key,
                                                                    const store::PutOptions& options) {
    return make_writer(*impl_->client, ctx, key, options, impl_->upload);
}

Result<store::ObjectHead> S3Store::get(const CallContext& ctx, const store::ObjectKey& key, store::ByteRange range,
                                       const ByteSink& sink) {
    return download(*impl_->client, ctx, key, range, {}, sink);
}

Result<store::ObjectHead> S3Store::get_choice(const CallContext& ctx, const store::ObjectKey& key,
                                              store::ByteRange range, const ObjectChoice& choice,
                                              const ByteSink& sink) {
    return download(*impl_->client, ctx, key, range, choice, sink);
}

Result<store::ObjectHead> S3Store::head(const CallContext& ctx, const store::ObjectKey& key) {
    auto outcome = impl_->client->send(ctx, head_object(key, impl_->client->profile().sends_checksum));
    if (outcome.error) return *std::move(outcome.error);
    return read_object_head(outcome.response);
}

Status S3Store::remove(const CallContext& ctx, const store::ObjectKey& key) {
    return delete_one(*impl_->client, ctx, key);
}

Result<std::vector<store::RemoveFailure>> S3Store::remove_many(const CallContext& ctx,
                                                               std::span<const store::ObjectKey> keys) {
    return delete_many(*impl_->client, ctx, keys);
}

Status S3Store::copy(const CallContext& ctx, const store::ObjectKey& from, const store::ObjectKey& to) {
    return copy_inside(*impl_->client, ctx, {.key = from}, to, impl_->upload);
}

Status S3Store::list(const CallContext& ctx, const store::ListOptions& options, const Visitor& visit) {
    return list_all(*impl_->client, ctx, options, visit);
}

// A listing rather than HEAD: only an answer with a body says why it is refused.
Status S3Store::check_access(const CallContext& ctx) {
    auto outcome =
        impl_->client->send(ctx, list_objects(impl_->client->profile(), "", std::nullopt, {}, /*max_keys=*/1));
    if (outcome.error) return *std::move(outcome.error);
    const auto page = parse_list_page(outcome.response.body);
    if (page || page.error().code() == ErrorCode::kUnsupported) return {};
    return Error(page.error())
        .context(impl_->client->endpoint()->base_url())
        .with_hint("check that the endpoint is that of an S3 store");
}

// What S3 has acknowledged is durable.
Status S3Store::sync(const CallContext& /*ctx*/) {
    return {};
}

Result<std::string> S3Store::presign(const CallContext& ctx, std::string_view method, const store::ObjectKey& key,
                                     std::chrono::seconds lifetime) {
    return impl_->client->presign(ctx, method, key.str(), lifetime);
}

BucketAdmin S3Store::bucket_admin() {
    return BucketAdmin(*impl_->client);
}

ObjectAdmin S3Store::object_admin() {
    return {*impl_->client, impl_->upload};
}

Result<std::vector<PendingUpload>> S3Store::list_pending_uploads(const CallContext& ctx, std::string_view prefix) {
    return list_uploads(*impl_->client, ctx, prefix);
}

Status S3Store::abort_upload(const CallContext& ctx, const PendingUpload& upload) {
    return s3::abort_upload(*impl_->client, ctx, upload.key, upload.upload_id);
}

Result<std::uint64_t> S3Store::bytes_of_upload(const CallContext& ctx, const PendingUpload& upload) {
    COFRE_ASSIGN(const auto parts, held_parts(*impl_->client, ctx, upload.key, upload.upload_id));
    if (!parts) return Error(ErrorCode::kNotFound, "upload " + upload.upload_id + " has ended");
    std::uint64_t bytes = 0;
    for (const auto& [number, part] : *parts)
        bytes += part.size;
    return bytes;
}

Result<UploadCleanup> S3Store::clean_up_uploads(const CallContext& ctx, std::string_view prefix,
                                                std::chrono::seconds older_than, bool dry_run) {
    return s3::clean_up_uploads(*impl_->client, ctx, prefix, older_than, dry_run, impl_->upload);
}

Status S3Store::abort_dead_uploads(const CallContext& ctx, std::string_view prefix, std::chrono::seconds older_than) {
    UploadCleanup cleanup;
    return s3::abort_dead_uploads(*impl_->client, ctx, prefix, older_than, false, impl_->upload, cleanup);
}

}  // namespace cofre::s3
