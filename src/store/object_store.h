#pragma once

/// @file
/// Flat objects under string keys: the one seam between what cofre writes and
/// where the bytes live. Everything above this file is backend neutral;
/// everything below it knows nothing of backups.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "crypto/digest.h"
#include "store/object_writer.h"

namespace cofre::store {

/// Validated key: 1 to 1 024 bytes of well-formed UTF-8 without NUL. Source:
/// Amazon S3 User Guide, "Naming Amazon S3 objects". A backend may refuse more
/// (kUnsupported): LocalStore says what a file system cannot hold.
class ObjectKey {
public:
    static constexpr std::size_t kMaxBytes = 1024;
    static Result<ObjectKey> parse(std::string_view text);
    const std::string& str() const { return text_; }
    friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;

private:
    explicit ObjectKey(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// Half-open byte range [offset, offset + length) of an object.
struct ByteRange {
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;  ///< Absent: to the end.
};

/// What a listing says of an object.
struct ObjectInfo {
    ObjectKey key;
    std::uint64_t size = 0;  ///< Bytes.
    std::string etag;        ///< Opaque, without quotes; may be empty. Proves nothing.
    WallTime last_modified{};
};

/// What the store itself says of one object.
struct ObjectHead {
    std::uint64_t size = 0;
    std::string etag;
    std::string version_id;  ///< Empty where the bucket is not versioned.
    std::string content_type;
    WallTime last_modified{};
    std::map<std::string, std::string> metadata;  ///< User metadata; names in lower case.
    /// The store's own SHA-256 of the whole object, if it keeps one. (A
    /// composite checksum of parts is not one.)
    std::optional<crypto::Sha256Digest> sha256;
};

/// How long an object is meant to stay.
enum class Lifespan : std::uint8_t {
    kKept,
    /// Its writer soon deletes it, as a lock or a marker. A store that protects
    /// what it is given from deletion (object lock) leaves it unprotected.
    kPassing,
};

struct PutOptions {
    bool if_absent = false;  ///< Fail with kConflict rather than replace.
    /// Not empty: fail with kConflict unless the object there has this ETag.
    /// kUnsupported: the backend cannot decide that atomically.
    std::string if_match;
    Lifespan lifespan = Lifespan::kKept;
    /// After a power cut the object is whole or absent, even before sync(). An
    /// fsync where objects are files; others promise it anyway.
    bool power_safe = false;
    std::string content_type = "application/octet-stream";
    std::map<std::string, std::string> metadata;  ///< Names and values in printable ASCII.
    /// SHA-256 of the whole body, if the caller knows it; saves one pass. A
    /// body that turns out different is kConflict, and nothing is stored.
    std::optional<crypto::Sha256Digest> sha256;
    /// For create_writer() only. False: nobody asks for the receipt's sha256,
    /// which is then all zeros, and where parts prove themselves a pass is saved.
    bool needs_sha256 = true;
    /// Told, from any thread, of bytes that have arrived while more are to
    /// come. For showing progress only: a body may arrive without a call.
    std::function<void(std::uint64_t bytes)> on_progress;
};

/// What a finished write was.
struct PutReceipt {
    std::uint64_t size = 0;
    crypto::Sha256Digest sha256;  ///< Of the bytes that were read and sent; see PutOptions::needs_sha256.
    std::string etag;
    std::string version_id;
};

struct ListOptions {
    std::string prefix;
    std::string start_after;  ///< Only keys greater than this one, in byte order.
    /// With a delimiter, keys that hold it after the prefix are folded into
    /// `on_common_prefix`, once each.
    std::optional<char> delimiter;
    std::function<Status(const std::string& common_prefix)> on_common_prefix;
};

struct RemoveFailure {
    ObjectKey key;
    Error error;
};

/// A place that keeps objects.
///
/// Guarantees an implementation gives:
///  - atomic: a reader sees a whole object or kNotFound, never a part of one,
///    and a replaced object stays whole until the new one is;
///  - read after write: once put() has returned, get() and list() see it;
///  - durable: what was put before a successful sync() outlives a power cut;
///  - thread-safe: any method may run on any thread at the same time.
///
/// Retries of transient faults are the implementation's own business, because
/// only it can tell a throttle from a fault and sign again; what it reports
/// after that is final for the caller's deadline.
///
/// Errors common to all methods: kUnavailable when transient faults outlasted
/// the retries, kUnauthenticated and kPermissionDenied from the backend,
/// kResourceExhausted for a full disk or quota, kCancelled and
/// kDeadlineExceeded from `ctx`. The rest is listed per method.
class ObjectStore {
public:
    using Visitor = std::function<Status(const ObjectInfo&)>;

    ObjectStore() = default;
    ObjectStore(const ObjectStore&) = delete;
    ObjectStore& operator=(const ObjectStore&) = delete;
    virtual ~ObjectStore() = default;

    /// For messages: "s3://bucket at https://host" or "file:///path".
    virtual std::string describe() const = 0;

    /// How many transfers at once are worth their memory: several where each
    /// waits for a network, one on a disk.
    virtual int useful_transfers() const { return 4; }

    /// Stores the whole of `body`, in one request or several as the backend
    /// likes, and never more than what was hashed: a source that changes
    /// underneath is kConflict and leaves nothing under `key`.
    virtual Result<PutReceipt> put(const CallContext& ctx, const ObjectKey& key, const ByteSource& body,
                                   const PutOptions& options) = 0;

    /// Starts an object whose length is not known. See ObjectWriter.
    virtual Result<std::unique_ptr<ObjectWriter>> create_writer(const CallContext& ctx, const ObjectKey& key,
                                                                const PutOptions& options) = 0;

    /// Passes the bytes of `range` to `sink`, in order, each once, also when
    /// the transfer had to be resumed; all of them come from one version of
    /// the object, or kConflict. kNotFound: no such key. kInvalidArgument: the
    /// object ends before the range does. Errors of `sink` come back as they are.
    virtual Result<ObjectHead> get(const CallContext& ctx, const ObjectKey& key, ByteRange range,
                                   const ByteSink& sink) = 0;

    /// kNotFound: no such key.
    virtual Result<ObjectHead> head(const CallContext& ctx, const ObjectKey& key) = 0;

    /// Deletes. Success if the key was absent already.
    virtual Status remove(const CallContext& ctx, const ObjectKey& key) = 0;

    /// Deletes many, in as few requests as the backend allows. The result
    /// lists the keys that remain, and why; an Error means none is known.
    virtual Result<std::vector<RemoveFailure>> remove_many(const CallContext& ctx, std::span<const ObjectKey> keys) = 0;

    /// Copies inside the store, replacing `to`. kNotFound: `from` is absent.
    virtual Status copy(const CallContext& ctx, const ObjectKey& from, const ObjectKey& to) = 0;

    /// Calls `visit` on this thread, once per object whose key starts with the
    /// prefix, in ascending byte order, page by page: memory does not grow
    /// with the number of objects. Stops at, and returns, the first error of
    /// `visit`. A listing that cannot be completed is an error, never a
    /// shorter list. (LocalStore holds the names of one folder at a time.)
    virtual Status list(const CallContext& ctx, const ListOptions& options, const Visitor& visit) = 0;

    /// Fails with a message for the operator if the place cannot be used:
    /// kNotFound: no such bucket or folder. Changes nothing.
    virtual Status check_access(const CallContext& ctx) = 0;

    /// Returns when all that was put before is durable.
    virtual Status sync(const CallContext& ctx) = 0;
};

/// Reads a whole object of at most `max_bytes`. kResourceExhausted: longer.
Result<std::string> get_small(ObjectStore& store, const CallContext& ctx, const ObjectKey& key,
                              std::uint64_t max_bytes);

}  // namespace cofre::store
