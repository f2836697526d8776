#include "repo/repository.h"

#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "repo/object_bytes.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kMaxConfigBytes = 64UL * 1024;

constexpr std::string_view kInitHint = "create it with `cofre init`, or check the bucket, the prefix and the endpoint";

Error no_repository(const store::ObjectStore& store, const Layout& layout, std::string_view why) {
    std::string place = store.describe();
    if (!layout.prefix().empty()) place += ", " + layout.prefix();
    return Error(ErrorCode::kNoRepository, "no repository at " + place + ": " + std::string(why)).with_hint(kInitHint);
}

struct OpenedKey {
    Id id;
    crypto::BoxKey master;
};

/// One key file against one password.
Result<OpenedKey> try_key(const CallContext& ctx, store::ObjectStore& store, const Layout& layout, const Id& id,
                          const Secret& password) {
    const std::string name = "key " + id.short_hex();
    auto bytes = read_object(ctx, store, layout.key(FileKind::kKey, id), kMaxKeyFileBytes);
    if (!bytes) return std::move(bytes).error().context(name);
    if (Id::of(bytes->bytes()) != id)
        return Error(ErrorCode::kCorruption, name + ": the content does not hash to its name");
    auto file = parse_key_file(bytes->text());
    if (!file) return std::move(file).error().context(name);
    auto master = open_key_file(*file, password);
    if (!master) return std::move(master).error().context(name);
    return OpenedKey{id, *std::move(master)};
}

/// A key that cannot be read must not hide another that fits.
bool is_about_this_key_only(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kWrongPassword:
        case ErrorCode::kCorruption:
        case ErrorCode::kUnsupported:
        case ErrorCode::kInvalidArgument:
        case ErrorCode::kNotFound: return true;  // Removed since it was listed.
        default: return false;
    }
}

Result<OpenedKey> try_all_keys(const CallContext& ctx, store::ObjectStore& store, const Layout& layout,
                               const Secret& password) {
    COFRE_ASSIGN(const auto keys, list_files(ctx, store, layout, FileKind::kKey));
    if (keys.empty()) {
        return Error(ErrorCode::kCorruption, "repository at " + store.describe() + " has a config but no keys")
            .with_hint("without a key file nothing in it can be read: bring back a copy of keys/");
    }
    std::string unreadable;
    std::size_t wrong = 0;
    for (const auto& key : keys) {
        auto opened = try_key(ctx, store, layout, key.id, password);
        if (opened) return opened;
        if (!is_about_this_key_only(opened.error())) return opened;
        if (opened.error().code() == ErrorCode::kWrongPassword) {
            ++wrong;
        } else {
            unreadable += (unreadable.empty() ? "" : "; ") + opened.error().message();
        }
    }
    if (wrong == 0) return Error(ErrorCode::kCorruption, "no key file can be read: " + unreadable);
    Error refused(ErrorCode::kWrongPassword, "wrong password: it opens none of " + std::to_string(wrong) + " keys");
    if (!unreadable.empty()) refused = std::move(refused).with_hint("a key file could not be read: " + unreadable);
    return refused;
}

Result<RepoConfig> open_config(crypto::SealedBox box, std::span<std::byte> bytes) {
    auto plain = box.open(bytes);
    if (!plain) return std::move(plain).error().context("repository config");
    return parse_repo_config({reinterpret_cast<const char*>(plain->data()), plain->size()});
}

/// `id`: the hash of the stored bytes.
Result<Id> store_key_file(const CallContext& ctx, store::ObjectStore& store, Clock& clock, const Layout& layout,
                          const crypto::BoxKey& master, const Secret& password,
                          const std::optional<crypto::ScryptCost>& cost) {
    const Identity self = current_identity();
    const KeyInfo info{.created = format_rfc3339(clock.wall_now()),
                       .username = self.username,
                       .hostname = self.hostname,
                       .cost = cost ? *cost : calibrate_key_cost(clock)};
    COFRE_ASSIGN(const auto file, create_key_file(master, password, info));
    const std::string json = encode_key_file(file);
    const Id id = Id::of(as_bytes(json));
    auto stored = store.put(ctx, layout.key(FileKind::kKey, id), SpanSource(json), {.power_safe = true});
    if (!stored) return std::move(stored).error().context("write key");
    return id;
}

Status refuse_existing(const CallContext& ctx, store::ObjectStore& store, const Layout& layout) {
    const auto head = store.head(ctx, layout.config_key());
    if (head) {
        return Error(ErrorCode::kConflict, "there is a repository already at " + store.describe())
            .with_hint("use it, or choose another prefix");
    }
    if (head.error().code() != ErrorCode::kNotFound) return Error(head.error()).context("look for a repository");
    COFRE_ASSIGN(const auto keys, list_files(ctx, store, layout, FileKind::kKey));
    if (!keys.empty()) {
        return Error(ErrorCode::kConflict, "there are keys of a repository, but no config, at " + store.describe())
            .with_hint("an init was interrupted, or the config is lost: look before you remove keys/");
    }
    return {};
}

}  // namespace

Result<Compression> parse_compression(std::string_view text) {
    if (text == "off") return Compression::kOff;
    if (text == "auto") return Compression::kAuto;
    if (text == "max") return Compression::kMax;
    return Error(ErrorCode::kInvalidArgument, "compression: off, auto or max expected");
}

Repository::Repository(store::ObjectStore& store, Clock& clock, RepositoryOptions options, Layout layout,
                       const RepoConfig& config, const crypto::BoxKey& master, const Id& key_id)
    : store_(store),
      clock_(clock),
      options_(std::move(options)),
      layout_(std::move(layout)),
      config_(config),
      master_(master),
      key_id_(key_id),
      chunk_tables_(config.chunker_polynomial) {
    if (options_.cache_root) cache_ = RepoCache::open(*options_.cache_root, config_.id, options_.cache_max_bytes);
}

Repository::~Repository() = default;

Result<std::unique_ptr<Repository>> Repository::init(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                                     const Secret& password, const RepositoryOptions& options,
                                                     std::uint32_t version) {
    if (version != 1 && version != 2) return Error(ErrorCode::kInvalidArgument, "repository version: 1 or 2 expected");
    if (password.empty()) return Error(ErrorCode::kInvalidArgument, "an empty password protects nothing");
    COFRE_ASSIGN(auto layout, Layout::create(options.prefix));
    COFRE_TRY(refuse_existing(ctx, store, layout));

    const auto master = crypto::BoxKey::random();
    const RepoConfig config = new_repo_config(version);
    COFRE_ASSIGN(const Id key, store_key_file(ctx, store, clock, layout, master, password, options.key_cost));
    COFRE_TRY(store.sync(ctx));
    // The config is last: it is what makes the place a repository.
    const std::string json = encode_repo_config(config);
    const auto box = seal_copy(crypto::SealedBox(master), as_bytes(json));
    auto stored = put_if_absent(ctx, store, layout.config_key(), box.bytes());
    if (!stored) return std::move(stored).error().context("write repository config");
    COFRE_TRY(store.sync(ctx));
    return std::unique_ptr<Repository>(new Repository(store, clock, options, std::move(layout), config, master, key));
}

Result<std::unique_ptr<Repository>> Repository::open(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                                     const Secret& password, const RepositoryOptions& options) {
    COFRE_ASSIGN(auto layout, Layout::create(options.prefix));
    auto bytes = read_object(ctx, store, layout.config_key(), kMaxConfigBytes);
    if (!bytes) {
        if (bytes.error().code() == ErrorCode::kNotFound) {
            return no_repository(store, layout, "there is no config (" + bytes.error().message() + ")");
        }
        return std::move(bytes).error().context("open repository: config");
    }
    COFRE_ASSIGN(const auto key, try_all_keys(ctx, store, layout, password));
    COFRE_ASSIGN(const auto config, open_config(crypto::SealedBox(key.master), bytes->bytes()));
    return std::unique_ptr<Repository>(
        new Repository(store, clock, options, std::move(layout), config, key.master, key.id));
}

BlobEncoder Repository::make_encoder(bool verify) const {
    const bool is_max = options_.compression == Compression::kMax;
    return {master_, is_max ? codec::BlockLevel::kMax : codec::BlockLevel::kAuto, verify};
}

Result<Id> Repository::add_key(const CallContext& ctx, const Secret& password) {
    if (password.empty()) return Error(ErrorCode::kInvalidArgument, "an empty password protects nothing");
    COFRE_ASSIGN(const Id id, store_key_file(ctx, store_, clock_, layout_, master_, password, options_.key_cost));
    COFRE_TRY(store_.sync(ctx));
    return id;
}

Status Repository::remove_key(const CallContext& ctx, const Id& id) {
    if (id == key_id_) {
        return Error(ErrorCode::kConflict, "this is the key in use").with_hint("open with another password first");
    }
    return store_.remove(ctx, layout_.key(FileKind::kKey, id));
}

Result<std::vector<Repository::KeyEntry>> Repository::list_keys(const CallContext& ctx) {
    COFRE_ASSIGN(const auto files, list_files(ctx, store_, layout_, FileKind::kKey));
    std::vector<KeyEntry> out;
    for (const auto& file : files) {
        auto bytes = read_object(ctx, store_, layout_.key(FileKind::kKey, file.id), kMaxKeyFileBytes);
        if (!bytes) return std::move(bytes).error().context("key " + file.id.short_hex());
        auto parsed = parse_key_file(bytes->text());
        if (!parsed) return std::move(parsed).error().context("key " + file.id.short_hex());
        out.push_back({file.id, std::move(parsed->info)});
    }
    return out;
}

}  // namespace cofre::repo
