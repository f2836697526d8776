#include "repo/key_file.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <nlohmann/json.hpp>
#include <pwd.h>
#include <unistd.h>

#include "base/encoding.h"
#include "crypto/random.h"

namespace cofre::repo {
namespace {

using KeyJson = nlohmann::json;

constexpr std::size_t kSaltBytes = 64;
constexpr std::chrono::milliseconds kKeyTime{500};
constexpr std::uint64_t kKeyMemory = 60ULL << 20U;

/// Text that held a key, wiped however the function is left.
struct WipedText {
    std::string text;
    WipedText() = default;
    WipedText(const WipedText&) = delete;
    WipedText& operator=(const WipedText&) = delete;
    ~WipedText() { crypto::wipe(std::as_writable_bytes(std::span(text))); }
};

/// The plaintext of KeyFile::data. Built in one string, so that no copy stays.
void append_base64(std::string& out, std::span<const std::byte> bytes) {
    WipedText encoded;
    encoded.text = base64_encode(bytes);
    out += encoded.text;
}

/// Decodes a member of exactly N bytes, and wipes what it read from.
template <std::size_t N>
bool take_key_part(KeyJson& value, std::span<std::byte, N> out) {
    auto* const text = value.get_ptr<std::string*>();
    if (text == nullptr) return false;
    auto bytes = base64_decode(*text);
    crypto::wipe(std::as_writable_bytes(std::span(*text)));
    if (!bytes) return false;
    const bool fits = bytes->size() == N;
    if (fits) std::copy(bytes->begin(), bytes->end(), out.begin());
    crypto::wipe(*bytes);
    return fits;
}

Result<crypto::BoxKey> parse_master(std::string_view json) {
    std::array<std::byte, crypto::BoxKey::kSize> bytes{};
    bool is_whole = false;
    try {
        auto in = KeyJson::parse(json);
        const std::span all(bytes);
        is_whole = take_key_part(in.at("encrypt"), all.first<32>()) &&
                   take_key_part(in.at("mac").at("k"), all.subspan<32, 16>()) &&
                   take_key_part(in.at("mac").at("r"), all.subspan<48, 16>());
    } catch (const KeyJson::exception&) {
        is_whole = false;  // Its text could show a part of the key.
    }
    if (!is_whole) return Error(ErrorCode::kCorruption, "key file: what it holds is not a key");
    crypto::BoxKey key(bytes);
    crypto::wipe(bytes);
    return key;
}

Result<crypto::BoxKey> derive_user_key(const Secret& password, std::span<const std::byte> salt,
                                       const crypto::ScryptCost& cost) {
    std::array<std::byte, crypto::BoxKey::kSize> bytes{};
    COFRE_TRY(crypto::scrypt(password, salt, cost, bytes));
    crypto::BoxKey key(bytes);
    crypto::wipe(bytes);
    return key;
}

Result<std::vector<std::byte>> decode_member(const KeyJson& in, const char* name) {
    auto bytes = base64_decode(in.at(name).get_ref<const std::string&>());
    if (!bytes) return Error(ErrorCode::kCorruption, std::string("key file: \"") + name + "\" is not base64");
    return bytes;
}

Result<KeyFile> read_members(const KeyJson& in) {
    KeyFile file;
    if (in.at("kdf").get_ref<const std::string&>() != "scrypt") {
        return Error(ErrorCode::kUnsupported, "key file: a key derivation other than scrypt");
    }
    file.info.created = in.value("created", "");
    file.info.username = in.value("username", "");
    file.info.hostname = in.value("hostname", "");
    file.info.cost.n = in.at("N").get<std::uint64_t>();
    file.info.cost.r = in.at("r").get<std::uint32_t>();
    file.info.cost.p = in.at("p").get<std::uint32_t>();
    COFRE_ASSIGN(file.salt, decode_member(in, "salt"));
    COFRE_ASSIGN(file.data, decode_member(in, "data"));
    if (file.salt.size() != kSaltBytes) return Error(ErrorCode::kCorruption, "key file: the salt is not 64 bytes");
    return file;
}

}  // namespace

Result<KeyFile> parse_key_file(std::string_view json) {
    try {
        return read_members(KeyJson::parse(json));
    } catch (const KeyJson::exception& e) {
        return Error(ErrorCode::kCorruption, std::string("key file: ") + e.what());
    }
}

std::string encode_key_file(const KeyFile& file) {
    const nlohmann::ordered_json out = {
        {"created", file.info.created},
        {"username", file.info.username},
        {"hostname", file.info.hostname},
        {"kdf", "scrypt"},
        {"N", file.info.cost.n},
        {"r", file.info.cost.r},
        {"p", file.info.cost.p},
        {"salt", base64_encode(file.salt)},
        {"data", base64_encode(file.data)},
    };
    return out.dump(-1, ' ', false, KeyJson::error_handler_t::replace);
}

Result<crypto::BoxKey> open_key_file(const KeyFile& file, const Secret& password) {
    auto user = derive_user_key(password, file.salt, file.info.cost);
    if (!user) return std::move(user).error().context("key file");
    std::vector<std::byte> data = file.data;
    const auto plain = crypto::SealedBox(*user).open(data);
    if (!plain) return Error(ErrorCode::kWrongPassword, "the password does not open this key");
    auto master = parse_master({reinterpret_cast<const char*>(plain->data()), plain->size()});
    crypto::wipe(data);
    return master;
}

Result<KeyFile> create_key_file(const crypto::BoxKey& master, const Secret& password, const KeyInfo& info) {
    KeyFile file;
    file.info = info;
    file.salt.resize(kSaltBytes);
    crypto::random_bytes(file.salt);
    COFRE_ASSIGN(const crypto::BoxKey user, derive_user_key(password, file.salt, info.cost));
    WipedText plain;
    plain.text.reserve(256);  // No reallocation, which would leave a copy.
    plain.text += R"({"mac":{"k":")";
    append_base64(plain.text, master.mac_k());
    plain.text += R"(","r":")";
    append_base64(plain.text, master.mac_r());
    plain.text += R"("},"encrypt":")";
    append_base64(plain.text, master.encrypt());
    plain.text += R"("})";
    const auto text = as_bytes(plain.text);
    file.data.resize(text.size() + crypto::SealedBox::kOverhead);
    std::copy(text.begin(), text.end(), file.data.begin() + crypto::SealedBox::kIvSize);
    crypto::SealedBox(user).seal(file.data);
    return file;
}

crypto::ScryptCost calibrate_key_cost(Clock& clock) {
#ifdef COFRE_TEST_HOOKS
    const char* const wanted = std::getenv("COFRE_KEY_COST");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (wanted != nullptr && std::string_view(wanted) == "cheap") return {.n = 1024, .r = 1, .p = 1};
#endif
    return crypto::calibrate_scrypt(clock, kKeyTime, kKeyMemory);
}

Identity current_identity() {
    Identity self;
    self.uid = ::getuid();
    self.gid = ::getgid();
    self.pid = static_cast<std::uint64_t>(::getpid());
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0) self.hostname = host.data();
    std::array<char, 4096> room{};
    struct passwd entry {};
    struct passwd* found = nullptr;
    if (::getpwuid_r(self.uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr) {
        self.username = found->pw_name;
    }
    return self;
}

}  // namespace cofre::repo
