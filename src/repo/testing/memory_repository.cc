#include "repo/testing/memory_repository.h"

#include <random>

#include "base/encoding.h"

namespace cofre::repo::testing {

RepositoryOptions MemoryRepository::cheap_options() {
    RepositoryOptions options;
    options.key_cost = crypto::ScryptCost{.n = 16, .r = 1, .p = 1};
    return options;
}

std::unique_ptr<Repository> MemoryRepository::init(const RepositoryOptions& options) {
    auto made = Repository::init(ctx_, store_, clock_, Secret("password"), options);
    EXPECT_TRUE(made) << (made ? "" : made.error().message());
    return *std::move(made);
}

Result<std::unique_ptr<Repository>> MemoryRepository::open(const std::string& password,
                                                           const RepositoryOptions& options) {
    return Repository::open(ctx_, store_, clock_, Secret(password), options);
}

std::vector<std::string> MemoryRepository::keys_below(const std::string& prefix) {
    std::vector<std::string> keys;
    const store::ListOptions options{.prefix = prefix};
    EXPECT_TRUE(store_.list(ctx_, options, [&](const store::ObjectInfo& info) -> Status {
        keys.push_back(info.key.str());
        return {};
    }));
    return keys;
}

std::string MemoryRepository::stored(const std::string& key) {
    return *store::get_small(store_, ctx_, *store::ObjectKey::parse(key), 64U << 20U);
}

void MemoryRepository::store_bytes(const std::string& key, const std::string& bytes) {
    ASSERT_TRUE(store_.put(ctx_, *store::ObjectKey::parse(key), SpanSource(bytes), {}));
}

MemoryRepository::Written MemoryRepository::write_some(Repository& repo) {
    Written out;
    out.data_text = random_text(3000, 1);
    out.tree_text = "{\"nodes\":[]}\n";
    BlobWriter writer(ctx_, repo, {.workers = 1, .uploads = 1});
    out.data = writer.save(BlobType::kData, as_bytes(out.data_text))->id;
    out.tree = writer.save(BlobType::kTree, as_bytes(out.tree_text))->id;
    EXPECT_TRUE(writer.flush());
    return out;
}

std::string random_text(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string out(size, '\0');
    for (char& byte : out)
        byte = static_cast<char>(random());
    return out;
}

}  // namespace cofre::repo::testing
