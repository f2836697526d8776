#include "crypto/digest.h"

#include <algorithm>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/encoding.h"

namespace cofre::crypto {
namespace {

/// Fetched once: a lookup by name for each digest would cost more than hashing
/// a small file.
const EVP_MD* sha256_method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    COFRE_CHECK(method != nullptr);
    return method;
}

unsigned char* raw(std::byte* bytes) {
    return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace

Result<Sha256Digest> Sha256Digest::parse(std::string_view hex) {
    COFRE_ASSIGN(const auto decoded, hex_decode(hex));
    if (decoded.size() != kSize) return Error(ErrorCode::kInvalidArgument, "SHA-256: not 64 hexadecimal digits");
    std::array<std::byte, kSize> bytes{};
    std::copy(decoded.begin(), decoded.end(), bytes.begin());
    return Sha256Digest(bytes);
}

std::string Sha256Digest::hex() const {
    return hex_encode(bytes_);
}

std::string Sha256Digest::base64() const {
    return base64_encode(bytes_);
}

struct Sha256::Impl {
    Impl() : context(EVP_MD_CTX_new()) {
        COFRE_CHECK(context != nullptr);
        restart();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { EVP_MD_CTX_free(context); }

    void restart() const { COFRE_CHECK(EVP_DigestInit_ex2(context, sha256_method(), nullptr) == 1); }

    EVP_MD_CTX* context;
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
    COFRE_CHECK(EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
    std::array<std::byte, Sha256Digest::kSize> out{};
    COFRE_CHECK(EVP_DigestFinal_ex(impl_->context, raw(out.data()), nullptr) == 1);
    impl_->restart();
    return Sha256Digest(out);
}

Sha256Digest sha256(std::span<const std::byte> bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

Sha256Digest sha256(std::string_view text) {
    return sha256(std::as_bytes(std::span(text)));
}

Result<Sha256Digest> sha256(const ByteSource& source) {
    Sha256 hash;
    COFRE_TRY(copy_bytes(source, [&](std::span<const std::byte> bytes) -> Status {
        hash.update(bytes);
        return {};
    }));
    return hash.finish();
}

Sha256Digest hmac_sha256(std::span<const std::byte> key, std::string_view message) {
    std::array<std::byte, Sha256Digest::kSize> out{};
    unsigned length = 0;
    const auto* const text = reinterpret_cast<const unsigned char*>(message.data());
    COFRE_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text, message.size(), raw(out.data()),
                     &length) != nullptr);
    COFRE_CHECK(length == out.size());
    return Sha256Digest(out);
}

std::array<std::byte, 16> md5(std::span<const std::byte> bytes) {
    std::array<std::byte, 16> out{};
    COFRE_CHECK(EVP_Digest(bytes.data(), bytes.size(), raw(out.data()), nullptr, EVP_md5(), nullptr) == 1);
    return out;
}

Result<std::array<std::byte, 16>> md5(const ByteSource& source) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    COFRE_CHECK(context && EVP_DigestInit_ex2(context.get(), EVP_md5(), nullptr) == 1);
    COFRE_TRY(copy_bytes(source, [&](std::span<const std::byte> bytes) -> Status {
        COFRE_CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
        return {};
    }));
    std::array<std::byte, 16> out{};
    COFRE_CHECK(EVP_DigestFinal_ex(context.get(), raw(out.data()), nullptr) == 1);
    return out;
}

}  // namespace cofre::crypto
