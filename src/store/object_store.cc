#include "store/object_store.h"

#include "base/encoding.h"
#include "base/utf8.h"

namespace cofre::store {

Result<ObjectKey> ObjectKey::parse(std::string_view text) {
    const auto refuse = [](const std::string& why) { return Error(ErrorCode::kInvalidArgument, "object key: " + why); };
    if (text.empty()) return refuse("empty");
    if (text.size() > kMaxBytes) {
        return refuse(std::to_string(text.size()) + " bytes, more than " + std::to_string(kMaxBytes));
    }
    if (text.find('\0') != std::string_view::npos) return refuse("holds a NUL byte");
    if (!is_utf8(text)) return refuse("not UTF-8: " + escape_for_display(text));
    return ObjectKey(std::string(text));
}

Result<std::string> get_small(ObjectStore& store, const CallContext& ctx, const ObjectKey& key,
                              std::uint64_t max_bytes) {
    std::string text;
    COFRE_TRY(store.get(ctx, key, {}, [&](std::span<const std::byte> bytes) -> Status {
        if (bytes.size() > max_bytes - text.size()) {
            return Error(ErrorCode::kResourceExhausted, "get " + escape_for_display(key.str()) + ": longer than " +
                                                            std::to_string(max_bytes) + " bytes");
        }
        text += to_text(bytes);
        return {};
    }));
    return text;
}

}  // namespace cofre::store
