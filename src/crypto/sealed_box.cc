#include "crypto/sealed_box.h"

#include <algorithm>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "crypto/random.h"

namespace cofre::crypto {
namespace {

constexpr std::size_t kMacKeyHalf = 16;  // Of r, and of the encrypted nonce.

// Fetched once: a lookup by name for each box would cost more than a small box.
const EVP_CIPHER* ctr_method() {
    static const EVP_CIPHER* const method = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
    COFRE_CHECK(method != nullptr);
    return method;
}
const EVP_CIPHER* block_method() {
    static const EVP_CIPHER* const method = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
    COFRE_CHECK(method != nullptr);
    return method;
}
EVP_MAC* mac_method() {
    static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "POLY1305", nullptr);
    COFRE_CHECK(method != nullptr);
    return method;
}

unsigned char* box_raw(std::byte* bytes) {
    return reinterpret_cast<unsigned char*>(bytes);
}
const unsigned char* box_raw(const std::byte* bytes) {
    return reinterpret_cast<const unsigned char*>(bytes);
}

// What one call of EVP may be given: its lengths are int.
constexpr std::size_t kMostAtOnce = 1U << 30U;

}  // namespace

void wipe(std::span<std::byte> bytes) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
}

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

BoxKey::BoxKey(std::span<const std::byte, kSize> bytes) : bytes_() {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

BoxKey::~BoxKey() {
    wipe(bytes_);
}

BoxKey BoxKey::random() {
    std::array<std::byte, kSize> bytes{};
    random_bytes(bytes);
    BoxKey key(bytes);
    wipe(bytes);
    return key;
}

struct SealedBox::Impl {
    explicit Impl(const BoxKey& key)
        : stream(EVP_CIPHER_CTX_new()), block(EVP_CIPHER_CTX_new()), mac(EVP_MAC_CTX_new(mac_method())) {
        COFRE_CHECK(stream != nullptr && block != nullptr && mac != nullptr);
        COFRE_CHECK(EVP_EncryptInit_ex2(stream, ctr_method(), box_raw(key.encrypt().data()), nullptr, nullptr) == 1);
        COFRE_CHECK(EVP_EncryptInit_ex2(block, block_method(), box_raw(key.mac_k().data()), nullptr, nullptr) == 1);
        COFRE_CHECK(EVP_CIPHER_CTX_set_padding(block, 0) == 1);
        std::copy(key.mac_r().begin(), key.mac_r().end(), one_time_key.begin());
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        wipe(one_time_key);
        EVP_MAC_CTX_free(mac);
        EVP_CIPHER_CTX_free(block);
        EVP_CIPHER_CTX_free(stream);
    }

    // r, then AES_k(IV): Poly1305-AES is Poly1305 with that one-time key.
    // Poly1305 itself masks the bits of r that must be zero.
    void tag(const std::byte* iv, std::span<const std::byte> text, std::byte* out) {
        int length = 0;
        COFRE_CHECK(EVP_EncryptUpdate(block, box_raw(one_time_key.data() + kMacKeyHalf), &length, box_raw(iv),
                                      static_cast<int>(kIvSize)) == 1);
        COFRE_CHECK(EVP_MAC_init(mac, box_raw(one_time_key.data()), one_time_key.size(), nullptr) == 1);
        COFRE_CHECK(EVP_MAC_update(mac, box_raw(text.data()), text.size()) == 1);
        std::size_t written = 0;
        COFRE_CHECK(EVP_MAC_final(mac, box_raw(out), &written, kMacSize) == 1 && written == kMacSize);
    }

    Status authenticate(std::span<const std::byte> box) {
        if (box.size() < kOverhead) return Error(ErrorCode::kCorruption, "encrypted data is cut short");
        const auto iv = box.first(kIvSize);
        if (std::all_of(iv.begin(), iv.end(), [](std::byte byte) { return byte == std::byte{0}; })) {
            return Error(ErrorCode::kCorruption, "encrypted data has an IV of zeros");
        }
        std::array<std::byte, kMacSize> expected{};
        tag(iv.data(), box.subspan(kIvSize, box.size() - kOverhead), expected.data());
        if (equal_in_constant_time(expected, box.last(kMacSize))) return {};
        return Error(ErrorCode::kCorruption, "encrypted data does not match its MAC");
    }

    void start(const std::byte* iv) {
        COFRE_CHECK(EVP_EncryptInit_ex2(stream, nullptr, nullptr, box_raw(iv), nullptr) == 1);
    }

    // Goes on where the call before ended; `out` may be `in`. Counter mode is its own inverse.
    void crypt(std::span<const std::byte> in, std::span<std::byte> out) {
        while (!in.empty()) {
            const std::size_t size = std::min(in.size(), kMostAtOnce);
            int length = 0;
            COFRE_CHECK(EVP_EncryptUpdate(stream, box_raw(out.data()), &length, box_raw(in.data()),
                                          static_cast<int>(size)) == 1);
            in = in.subspan(size);
            out = out.subspan(size);
        }
    }

    EVP_CIPHER_CTX* stream;
    EVP_CIPHER_CTX* block;
    EVP_MAC_CTX* mac;
    std::array<std::byte, 2 * kMacKeyHalf> one_time_key{};
};

SealedBox::SealedBox(const BoxKey& key) : impl_(std::make_unique<Impl>(key)) {}
SealedBox::SealedBox(SealedBox&&) noexcept = default;
SealedBox& SealedBox::operator=(SealedBox&&) noexcept = default;
SealedBox::~SealedBox() = default;

void SealedBox::seal(std::span<std::byte> box) {
    COFRE_CHECK(box.size() >= kOverhead);
    const auto iv = box.first(kIvSize);
    const auto text = box.subspan(kIvSize, box.size() - kOverhead);
    random_bytes(iv);  // All zeros has a probability of 2^-128.
    impl_->start(iv.data());
    impl_->crypt(text, text);
    impl_->tag(iv.data(), text, box.last(kMacSize).data());
}

Result<std::span<std::byte>> SealedBox::open(std::span<std::byte> box) {
    COFRE_TRY(impl_->authenticate(box));
    const auto text = box.subspan(kIvSize, box.size() - kOverhead);
    impl_->start(box.data());
    impl_->crypt(text, text);
    return text;
}

Status SealedBox::open_in_pieces(std::span<const std::byte> box, std::span<std::byte> window,
                                 const std::function<Status(std::span<const std::byte>)>& sink) {
    COFRE_CHECK(!window.empty());
    COFRE_TRY(impl_->authenticate(box));
    auto text = box.subspan(kIvSize, box.size() - kOverhead);
    impl_->start(box.data());
    while (!text.empty()) {
        const auto part = text.first(std::min(text.size(), window.size()));
        impl_->crypt(part, window.first(part.size()));
        COFRE_TRY(sink(window.first(part.size())));
        text = text.subspan(part.size());
    }
    return {};
}

}  // namespace cofre::crypto
