#pragma once

/// @file
/// An S3Store that talks to a scripted server, on a clock that takes no time.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing/fake_clock.h"
#include "s3/s3_store.h"
#include "scripted_s3.h"

namespace cofre::s3::testing {

using scripted::error_reply;
using scripted::Recorded;
using scripted::S3Fault;
using scripted::ScriptedS3;

/// In no message, log or error: whatever ends up there is looked through for it.
inline constexpr const char* kCanarySecret = "CANARYcanary/SECRET+0123456789abcdefghij";

class ScriptedStoreTest : public ::testing::Test {
protected:
    void SetUp() override {
        ScriptedS3::Options options;
        options.secret_access_key = kCanarySecret;
        options.clock = &clock_;
        configure(options);
        server_ = *ScriptedS3::start(options);
        store_ = make_store(default_options());
    }
    virtual void configure(ScriptedS3::Options& /*options*/) {}

    S3Options default_options() const {
        S3Options options;
        options.bucket = "bucket";
        options.endpoint = server_->endpoint();
        options.provider = "ceph";
        options.multipart_threshold = 5_MiB;
        options.part_size = 5_MiB;
        return options;
    }
    static aws::Credentials good_credentials() {
        return {.access_key_id = "AKIDSCRIPTED",
                .secret_access_key = Secret(kCanarySecret),
                .session_token = {},
                .expires_at = {},
                .source = "test"};
    }
    std::unique_ptr<S3Store> make_store(S3Options options, aws::Credentials credentials = good_credentials()) {
        return *S3Store::create(std::move(options), aws::make_static_provider(std::move(credentials)), clock_);
    }

    static store::ObjectKey key(std::string_view text) { return *store::ObjectKey::parse(text); }
    Result<store::PutReceipt> put(std::string_view name, std::string_view body, const store::PutOptions& options = {}) {
        return store_->put(ctx_, key(name), SpanSource(body), options);
    }
    Result<std::string> get(std::string_view name, store::ByteRange range = {}) {
        std::string text;
        COFRE_TRY(store_->get(ctx_, key(name), range, [&](std::span<const std::byte> bytes) -> Status {
            text += to_text(bytes);
            return {};
        }));
        return text;
    }
    std::string stored(const std::string& name) const {
        const auto object = server_->object(name);
        return object ? object->body : "(none)";
    }

    /// Bytes that differ from part to part.
    static std::string body_of(std::size_t size) {
        std::string body(size, '\0');
        std::uint32_t state = 1;
        for (char& c : body) {
            state = state * 1664525U + 1013904223U;
            c = static_cast<char>(state >> 24U);
        }
        return body;
    }

    static void expect_no_secret(const Error& error) {
        EXPECT_EQ(error.message().find("CANARY"), std::string::npos) << error.message();
        EXPECT_EQ(error.hint().find("CANARY"), std::string::npos) << error.hint();
    }

    cofre::testing::FakeClock clock_;
    CallContext ctx_;
    std::unique_ptr<ScriptedS3> server_;
    std::unique_ptr<S3Store> store_;
};

}  // namespace cofre::s3::testing
