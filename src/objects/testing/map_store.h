#pragma once

/// @file
/// As much of a store as reading manifests needs.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace cofre::objects {

/// Objects in a map, put there by the test. Counts the bytes given out.
class MapStore final : public store::ObjectStore {
public:
    std::map<std::string, std::string> objects;
    std::uint64_t bytes_read = 0;
    bool fails_to_list = false;

    std::string describe() const override { return "map://"; }
    Result<store::PutReceipt> put(const CallContext&, const store::ObjectKey& key, const ByteSource& body,
                                  const store::PutOptions&) override {
        std::string text(body.size(), '\0');
        COFRE_TRY(body.read_at(0, std::as_writable_bytes(std::span(text))));
        objects[key.str()] = text;
        return store::PutReceipt{.size = text.size()};
    }
    Result<store::ObjectHead> get(const CallContext& ctx, const store::ObjectKey& key, store::ByteRange range,
                                  const ByteSink& sink) override {
        COFRE_ASSIGN(auto found, head(ctx, key));
        const std::string& text = objects[key.str()];
        const auto length = range.length.value_or(text.size() - range.offset);
        if (range.offset + length > text.size()) return Error(ErrorCode::kInvalidArgument, "range");
        bytes_read += length;
        // In two pieces, as a network would.
        const auto bytes = std::as_bytes(std::span(text)).subspan(range.offset, length);
        COFRE_TRY(sink(bytes.first(length / 2)));
        COFRE_TRY(sink(bytes.subspan(length / 2)));
        return found;
    }
    Result<store::ObjectHead> head(const CallContext&, const store::ObjectKey& key) override {
        const auto it = objects.find(key.str());
        if (it == objects.end()) return Error(ErrorCode::kNotFound, "no object " + key.str());
        return store::ObjectHead{.size = it->second.size()};
    }
    Status list(const CallContext&, const store::ListOptions& options, const Visitor& visit) override {
        for (const auto& [key, text] : objects) {
            if (!key.starts_with(options.prefix)) continue;
            COFRE_TRY(visit({.key = *store::ObjectKey::parse(key), .size = text.size()}));
        }
        if (fails_to_list) return Error(ErrorCode::kUnavailable, "second page");
        return {};
    }

    Result<std::unique_ptr<store::ObjectWriter>> create_writer(const CallContext&, const store::ObjectKey&,
                                                               const store::PutOptions&) override {
        return unused();
    }
    Status remove(const CallContext&, const store::ObjectKey&) override { return unused(); }
    Result<std::vector<store::RemoveFailure>> remove_many(const CallContext&,
                                                          std::span<const store::ObjectKey>) override {
        return unused();
    }
    Status copy(const CallContext&, const store::ObjectKey&, const store::ObjectKey&) override { return unused(); }
    Status check_access(const CallContext&) override { return unused(); }
    Status sync(const CallContext&) override { return unused(); }

private:
    static Error unused() { return Error(ErrorCode::kUnsupported, "not needed by these tests"); }
};

}  // namespace cofre::objects
