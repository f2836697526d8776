// The suite that every ObjectStore passes, here against a scripted server.
// tests/ runs it against Ceph RGW.
#include <memory>
#include <string>

#include "s3/s3_store.h"
#include "scripted_s3.h"
#include "store/forwarding_store.h"
#include "store/testing/store_contract.h"

namespace cofre::store::testing {
namespace {

// A store together with the server that it talks to.
class ServedStore final : public ForwardingStore {
public:
    ServedStore(std::unique_ptr<scripted::ScriptedS3> server, std::unique_ptr<s3::S3Store> store)
        : ForwardingStore(*store), server_(std::move(server)), store_(std::move(store)) {}

private:
    std::unique_ptr<scripted::ScriptedS3> server_;
    std::unique_ptr<s3::S3Store> store_;
};

std::unique_ptr<ObjectStore> open_served(const char* provider) {
    scripted::ScriptedS3::Options server_options;
    server_options.bucket.keeps_checksums = std::string(provider) == "minio";
    auto server = *scripted::ScriptedS3::start(server_options);
    s3::S3Options options;
    options.bucket = "bucket";
    options.endpoint = server->endpoint();
    options.provider = provider;
    options.multipart_threshold = 5_MiB;
    options.part_size = 5_MiB;
    auto keys = aws::make_static_provider({.access_key_id = server_options.access_key_id,
                                           .secret_access_key = Secret(server_options.secret_access_key),
                                           .session_token = {},
                                           .expires_at = {},
                                           .source = "test"});
    auto store = *s3::S3Store::create(std::move(options), std::move(keys));
    return std::make_unique<ServedStore>(std::move(server), std::move(store));
}

}  // namespace

// "ceph" keeps no checksums; "minio" does, but not of objects in parts.
INSTANTIATE_TEST_SUITE_P(ScriptedS3, StoreContract,
                         ::testing::Values(StoreFactory{.name = "Ceph",
                                                        .open = [] { return open_served("ceph"); },
                                                        .large_bytes = 11'000'000,
                                                        .keeps_sha256 = false},
                                           StoreFactory{.name = "Minio", .open = [] { return open_served("minio"); }}),
                         factory_name);

}  // namespace cofre::store::testing
