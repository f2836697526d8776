#include "daemon/catalog_place.h"

#include <gtest/gtest.h>

namespace cofre::daemon {
namespace {

TEST(CatalogPlace, IsInTheStateFolderUnlessSaidOtherwise) {
    config::Config config;
    config.state_dir = "/var/lib/cofre";
    EXPECT_EQ(catalog_url(config)->path, "/var/lib/cofre/catalog.db");
    config.catalog.url = "postgres://me@db/cat";
    config.catalog.password = Secret("x");
    const auto url = catalog_url(config);
    ASSERT_TRUE(url) << url.error().message();
    EXPECT_EQ(url->engine, db::SqlEngine::kPostgres);
    EXPECT_EQ(url->password.reveal(), "x");
    EXPECT_EQ(catalog_url(config, "sqlite:///tmp/x.db")->path, "/tmp/x.db");
    config.catalog.url = "mysql://db/cat";
    EXPECT_EQ(catalog_url(config).error().code(), ErrorCode::kInvalidArgument);
}

TEST(CatalogPlace, OnePlaceHasOneNameHoweverItIsWritten) {
    config::TargetConfig target;
    target.kind = config::TargetKind::kFolder;
    target.folder = "/srv/backups";
    target.url = "/srv/backups";
    EXPECT_EQ(catalog_target(target), "file:///srv/backups");
    target = {};
    target.bucket = "b";
    target.prefix = "p/";
    target.url = "s3://b/p/";
    EXPECT_EQ(catalog_target(target), "s3://b/p/");
    target.endpoint = "https://s3.example";
    EXPECT_EQ(catalog_target(target), "s3://b/p/ at https://s3.example");
}

}  // namespace
}  // namespace cofre::daemon
