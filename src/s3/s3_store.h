#pragma once

/// @file
/// A bucket as an ObjectStore.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/semaphore.h"
#include "base/units.h"
#include "net/rate_limit.h"
#include "s3/bucket_admin.h"
#include "s3/object_admin.h"
#include "s3/object_choice.h"
#include "s3/object_settings.h"
#include "s3/provider_profile.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// Everything but the credentials. Peak memory of a store: `max_connections`
/// times 256 KiB of buffers, plus `part_memory` for the parts of ObjectWriters,
/// plus 1 MiB for each of these. (A part larger than all of `part_memory` is
/// held alone.) put() needs no buffer for its parts: it reads them twice.
struct S3Options {
    std::string bucket;
    std::string region = "us-east-1";
    /// "https://host[:port]"; empty: Amazon's own endpoint of `region`.
    /// Plain http is refused unless the host is loopback or `allow_http` is set.
    std::string endpoint;
    bool allow_http = false;
    std::optional<AddressingStyle> addressing;       ///< Absent: what the provider's profile says.
    std::optional<std::string> provider;             ///< Row of the provider table; absent: guessed from the endpoint.
    std::optional<ProviderProfile> measured;         ///< What a probe found, in place of a guess; `provider` wins.
    std::optional<std::filesystem::path> ca_bundle;  ///< Absent: AWS_CA_BUNDLE, else the system's.
    std::string proxy;                               ///< As net::HttpClientOptions wants it; empty: the environment's.
    bool use_fips = false;                           ///< See EndpointOptions.
    bool use_dualstack = false;

    std::uint64_t multipart_threshold = 100_MB;  ///< Bodies larger than this are sent in parts.
    std::uint64_t part_size = 50_MB;             ///< Grown so that 10 000 parts suffice; at least 5 MiB.
    int part_concurrency = 4;                    ///< Parts of one object in flight.
    /// Requests of the whole store at once, at most; further calls wait. How many
    /// there really are is found out: fewer from the first throttle on.
    int max_connections = 32;
    std::shared_ptr<net::RateLimiter> upload_limit;    ///< Null: none.
    std::shared_ptr<net::RateLimiter> download_limit;  ///< Null: none.
    /// Memory for the parts of all ObjectWriters of this store, and of others
    /// that share it; null: as much as one of them needs.
    std::shared_ptr<Semaphore> part_memory;

    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};    ///< No byte in either direction for so long: give up, retry.
    std::chrono::milliseconds part_deadline{900'000};  ///< Around the attempts of one request.
    int max_attempts = 3;                              ///< AWS standard retry mode, throttles apart.
    ObjectSettings object;                             ///< What new objects are born with.
    /// For all requests. A customer's key goes over https only, or to loopback.
    AccessSettings access;
    /// Where unfinished multipart uploads are written down, so that put() goes
    /// on after a crash where it was; absent: nowhere.
    std::optional<std::filesystem::path> ledger_folder;
};

struct PendingUpload {
    store::ObjectKey key;
    std::string upload_id;  ///< Empty: it was begun, but its answer was never seen.
    WallTime initiated{};
};

struct UploadCleanup {
    std::vector<PendingUpload> aborted;  ///< Ours and dead; would be, if it was a dry run.
    std::vector<PendingUpload> young;    ///< Ours and dead, but a next run may still go on with them.
    /// Left alone: of other programs or machines, or of a process that lives.
    std::vector<PendingUpload> others;
};

/// Thread-safe. Connections are kept and reused. Every attempt is signed anew
/// with credentials asked for at that moment, and with the server's clock when
/// it has said that ours is wrong.
class S3Store final : public store::ObjectStore {
public:
    /// No I/O. kInvalidArgument: the options contradict each other; the message
    /// says how. `clock` must outlive the store.
    static Result<std::unique_ptr<S3Store>> create(S3Options options,
                                                   std::unique_ptr<aws::CredentialProvider> credentials,
                                                   Clock& clock = system_clock());
    ~S3Store() override;

    std::string describe() const override;
    Result<store::PutReceipt> put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                  const store::PutOptions& options) override;
    Result<std::unique_ptr<store::ObjectWriter>> create_writer(const CallContext& ctx, const store::ObjectKey& key,
                                                               const store::PutOptions& options) override;
    Result<store::ObjectHead> get(const CallContext& ctx, const store::ObjectKey& key, store::ByteRange range,
                                  const ByteSink& sink) override;
    Result<store::ObjectHead> head(const CallContext& ctx, const store::ObjectKey& key) override;
    Status remove(const CallContext& ctx, const store::ObjectKey& key) override;
    Result<std::vector<store::RemoveFailure>> remove_many(const CallContext& ctx,
                                                          std::span<const store::ObjectKey> keys) override;
    Status copy(const CallContext& ctx, const store::ObjectKey& from, const store::ObjectKey& to) override;
    Status list(const CallContext& ctx, const store::ListOptions& options, const Visitor& visit) override;
    Status check_access(const CallContext& ctx) override;
    Status sync(const CallContext& ctx) override;

    /// A URL that anyone can use until it expires: at most 7 days, and never
    /// longer than the credentials live. `method`: "GET", "PUT", "HEAD", "DELETE".
    Result<std::string> presign(const CallContext& ctx, std::string_view method, const store::ObjectKey& key,
                                std::chrono::seconds lifetime);

    /// The settings of the bucket itself, and what hangs on its objects. Not to
    /// outlive the store.
    BucketAdmin bucket_admin();
    ObjectAdmin object_admin();

    /// As get(), of one version, or only while the object has one ETag
    /// (kConflict otherwise).
    Result<store::ObjectHead> get_choice(const CallContext& ctx, const store::ObjectKey& key, store::ByteRange range,
                                         const ObjectChoice& choice, const ByteSink& sink);

    /// Unfinished multipart uploads below a prefix.
    Result<std::vector<PendingUpload>> list_pending_uploads(const CallContext& ctx, std::string_view prefix);
    Status abort_upload(const CallContext& ctx, const PendingUpload& upload);
    /// Of the parts that the store holds, and is paid for. kNotFound: it has ended.
    Result<std::uint64_t> bytes_of_upload(const CallContext& ctx, const PendingUpload& upload);
    /// Aborts those below `prefix` that this machine began longer than
    /// `older_than` ago and whose process is dead. With `dry_run` only says which.
    Result<UploadCleanup> clean_up_uploads(const CallContext& ctx, std::string_view prefix,
                                           std::chrono::seconds older_than, bool dry_run);
    /// The same without asking what else the store holds: no request if there
    /// is nothing to abort.
    Status abort_dead_uploads(const CallContext& ctx, std::string_view prefix, std::chrono::seconds older_than);

private:
    struct Impl;
    explicit S3Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::s3
