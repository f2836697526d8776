#include "store/memory_store.h"

#include <algorithm>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/utf8.h"
#include "store/call_check.h"
#include "store/listing_fold.h"

namespace cofre::store {
namespace {

constexpr std::size_t kPageKeys = 1000;  // As many as S3 gives at once.

Error no_such_key(const char* doing, const ObjectKey& key) {
    return Error(ErrorCode::kNotFound, std::string(doing) + " " + escape_for_display(key.str()) + ": no such object");
}

/// Collects the bytes; commit() is a put().
class MemoryWriter final : public ObjectWriter {
public:
    MemoryWriter(MemoryStore& store, ObjectKey key, PutOptions options)
        : store_(store), key_(std::move(key)), options_(std::move(options)) {}

    Status append(const CallContext& ctx, std::span<const std::byte> data) override {
        COFRE_TRY(check_call(ctx, "append"));
        body_ += to_text(data);
        return {};
    }
    Result<PutReceipt> commit(const CallContext& ctx) override {
        return store_.put(ctx, key_, SpanSource(std::string_view(body_)), options_);
    }

private:
    MemoryStore& store_;
    ObjectKey key_;
    PutOptions options_;
    std::string body_;
};

}  // namespace

Result<PutReceipt> MemoryStore::put(const CallContext& ctx, const ObjectKey& key, const ByteSource& body,
                                    const PutOptions& options) {
    const std::string doing = "put " + escape_for_display(key.str());
    Object object;
    COFRE_TRY(copy_bytes(body, [&](std::span<const std::byte> bytes) -> Status {
        COFRE_TRY(check_call(ctx, doing));
        object.body += to_text(bytes);
        return {};
    }));
    COFRE_TRY(check_call(ctx, doing));
    const crypto::Sha256Digest digest = crypto::sha256(std::string_view(object.body));
    if (options.sha256 && *options.sha256 != digest) {
        return Error(ErrorCode::kConflict, doing + ": the bytes are not those that were announced");
    }
    object.head.size = object.body.size();
    object.head.etag = hex_encode(crypto::md5(as_bytes(object.body)));
    object.head.content_type = options.content_type;
    object.head.last_modified = system_clock().wall_now();
    object.head.metadata = options.metadata;
    object.head.sha256 = digest;
    const PutReceipt receipt = {object.head.size, digest, object.head.etag, {}};

    const bool is_stored = objects_.with([&](Objects& objects) {
        if (!options.if_match.empty()) {
            const auto there = objects.find(key.str());
            if (there == objects.end() || there->second.head.etag != options.if_match) return false;
        }
        if (options.if_absent) return objects.try_emplace(key.str(), std::move(object)).second;
        objects.insert_or_assign(key.str(), std::move(object));
        return true;
    });
    if (!is_stored) {
        return Error(ErrorCode::kConflict,
                     doing + (options.if_absent ? ": the object exists" : ": the object is not the expected one"));
    }
    return receipt;
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::create_writer(const CallContext& ctx, const ObjectKey& key,
                                                                 const PutOptions& options) {
    COFRE_TRY(check_call(ctx, "create writer"));
    return std::unique_ptr<ObjectWriter>(std::make_unique<MemoryWriter>(*this, key, options));
}

Result<ObjectHead> MemoryStore::get(const CallContext& ctx, const ObjectKey& key, ByteRange range,
                                    const ByteSink& sink) {
    const auto object = objects_.with([&](const Objects& objects) {
        const auto found = objects.find(key.str());
        return found == objects.end() ? std::nullopt : std::optional<Object>(found->second);
    });
    if (!object) return no_such_key("get", key);
    const std::uint64_t size = object->head.size;
    if (range.offset > size || (range.length && *range.length > size - range.offset)) {
        return Error(ErrorCode::kInvalidArgument,
                     "get " + escape_for_display(key.str()) + ": the range ends after the object");
    }
    const SpanSource body{std::string_view(object->body)};
    const SliceSource slice(body, range.offset, range.length.value_or(size - range.offset));
    COFRE_TRY(copy_bytes(slice, [&](std::span<const std::byte> bytes) -> Status {
        COFRE_TRY(check_call(ctx, "get"));
        return sink(bytes);
    }));
    return object->head;
}

Result<ObjectHead> MemoryStore::head(const CallContext& ctx, const ObjectKey& key) {
    COFRE_TRY(check_call(ctx, "head"));
    const auto head = objects_.with([&](const Objects& objects) {
        const auto found = objects.find(key.str());
        return found == objects.end() ? std::nullopt : std::optional<ObjectHead>(found->second.head);
    });
    if (!head) return no_such_key("head", key);
    return *head;
}

Status MemoryStore::remove(const CallContext& ctx, const ObjectKey& key) {
    COFRE_TRY(check_call(ctx, "remove"));
    objects_.with([&](Objects& objects) { objects.erase(key.str()); });
    return {};
}

Result<std::vector<RemoveFailure>> MemoryStore::remove_many(const CallContext& ctx, std::span<const ObjectKey> keys) {
    for (const ObjectKey& key : keys)
        COFRE_TRY(remove(ctx, key));
    return std::vector<RemoveFailure>();
}

Status MemoryStore::copy(const CallContext& ctx, const ObjectKey& from, const ObjectKey& to) {
    COFRE_TRY(check_call(ctx, "copy"));
    const bool is_copied = objects_.with([&](Objects& objects) {
        const auto found = objects.find(from.str());
        if (found == objects.end()) return false;
        Object copied = found->second;
        copied.head.last_modified = system_clock().wall_now();
        objects.insert_or_assign(to.str(), std::move(copied));
        return true;
    });
    if (!is_copied) return no_such_key("copy", from);
    return {};
}

Status MemoryStore::list(const CallContext& ctx, const ListOptions& options, const Visitor& visit) {
    ListingFold fold(options);
    std::string next = std::max(options.prefix, options.start_after);
    for (;;) {
        COFRE_TRY(check_call(ctx, "list"));
        std::vector<ObjectInfo> page = objects_.with([&](const Objects& objects) {
            std::vector<ObjectInfo> infos;
            for (auto it = objects.lower_bound(next); it != objects.end() && infos.size() < kPageKeys; ++it) {
                const ObjectHead& head = it->second.head;
                infos.push_back({*ObjectKey::parse(it->first), head.size, head.etag, head.last_modified});
            }
            return infos;
        });
        for (const ObjectInfo& info : page) {
            const std::string& key = info.key.str();
            if (!key.starts_with(options.prefix) && key > options.prefix) return {};  // Past the last one.
            COFRE_TRY(fold.show(key, [&] { return visit(info); }));
        }
        if (page.size() < kPageKeys) return {};
        next = page.back().key.str() + '\0';  // The least text that is greater.
    }
}

Status MemoryStore::check_access(const CallContext& ctx) {
    return check_call(ctx, "check access");
}

Status MemoryStore::sync(const CallContext& ctx) {
    return check_call(ctx, "sync");
}

}  // namespace cofre::store
