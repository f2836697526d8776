#include "repo/check_ledger.h"

#include <algorithm>
#include <string_view>

#include "base/encoding.h"
#include "base/log.h"
#include "repo/object_bytes.h"

namespace cofre::repo {
namespace {

// Then 36 bytes for each pack: its id, and minutes since 1970, little endian.
constexpr std::string_view kLedgerMagic = "cofre check ledger 1\n";
constexpr std::size_t kLedgerEntryBytes = Id::kSize + 4;
constexpr std::size_t kMaxLedgerBytes = 1UL << 30U;

Result<store::ObjectKey> ledger_key(const Repository& repository) {
    return store::ObjectKey::parse(repository.layout().prefix() + "cofre/check-ledger");
}

}  // namespace

Result<CheckLedger> CheckLedger::load(const CallContext& ctx, Repository& repository) {
    CheckLedger ledger;
    COFRE_ASSIGN(const auto key, ledger_key(repository));
    auto bytes = read_object(ctx, repository.store(), key, kMaxLedgerBytes);
    if (!bytes && bytes.error().code() == ErrorCode::kNotFound) return ledger;
    if (!bytes) return std::move(bytes).error().context("read what was checked before");
    auto box = repository.make_box();
    const auto plain = box.open(bytes->bytes());
    const bool is_whole =
        plain && plain->size() >= kLedgerMagic.size() &&
        std::equal(kLedgerMagic.begin(), kLedgerMagic.end(), reinterpret_cast<const char*>(plain->data())) &&
        (plain->size() - kLedgerMagic.size()) % kLedgerEntryBytes == 0;
    if (!is_whole) {
        log_warning("repo", "the record of what was checked is damaged: checking starts anew");
        return ledger;
    }
    for (auto rest = plain->subspan(kLedgerMagic.size()); !rest.empty(); rest = rest.subspan(kLedgerEntryBytes)) {
        std::uint32_t minutes = 0;
        for (std::size_t i = 0; i < 4; ++i)
            minutes |= std::to_integer<std::uint32_t>(rest[Id::kSize + i]) << (8 * i);
        ledger.minutes_.emplace(Id(rest.first<Id::kSize>()), minutes);
    }
    return ledger;
}

Status CheckLedger::save(const CallContext& ctx, Repository& repository) const {
    COFRE_ASSIGN(const auto key, ledger_key(repository));
    ByteBuffer plain(kLedgerMagic.size() + minutes_.size() * kLedgerEntryBytes);
    plain.set_size(0);
    plain.append(as_bytes(kLedgerMagic));
    for (const auto& [id, minutes] : minutes_) {
        plain.append(id.bytes());
        for (unsigned i = 0; i < 4; ++i)
            plain.append(std::array{std::byte(minutes >> (8 * i))});
    }
    const auto box = seal_copy(repository.make_box(), plain.bytes());
    auto stored = repository.store().put(ctx, key, SpanSource(box.bytes()), {});
    if (!stored) return std::move(stored).error().context("write what was checked");
    return {};
}

std::optional<WallTime> CheckLedger::last_read(const Id& pack) const {
    const auto found = minutes_.find(pack);
    if (found == minutes_.end()) return std::nullopt;
    return WallTime(std::chrono::minutes(found->second));
}

void CheckLedger::note_read(const Id& pack, WallTime when) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(when.time_since_epoch()).count();
    minutes_[pack] = static_cast<std::uint32_t>(std::max<std::int64_t>(0, minutes));
}

void CheckLedger::retain(const std::unordered_set<Id, IdHash>& live) {
    std::erase_if(minutes_, [&](const auto& entry) { return !live.contains(entry.first); });
}

std::vector<FileInfo> order_for_reading(std::vector<FileInfo> packs, const CheckLedger& ledger) {
    std::stable_sort(packs.begin(), packs.end(), [&](const FileInfo& a, const FileInfo& b) {
        const auto read_a = ledger.last_read(a.id);
        const auto read_b = ledger.last_read(b.id);
        if (read_a.has_value() != read_b.has_value()) return !read_a.has_value();
        if (!read_a) return a.last_modified > b.last_modified;
        return *read_a < *read_b;
    });
    return packs;
}

}  // namespace cofre::repo
