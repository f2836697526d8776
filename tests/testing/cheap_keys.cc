#include "testing/cheap_keys.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "base/encoding.h"
#include "base/file.h"
#include "repo/key_file.h"

namespace cofre::testing {

namespace fs = std::filesystem;

Status make_keys_cheap(const fs::path& place, const std::string& password) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(place / "keys"))
        files.push_back(entry.path());
    for (const auto& path : files) {
        std::ifstream in(path);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        COFRE_ASSIGN(const auto file, repo::parse_key_file(text));
        const auto master = repo::open_key_file(file, Secret(password));
        if (!master && master.error().code() == ErrorCode::kWrongPassword) continue;
        if (!master) return master.error();
        auto info = file.info;
        info.cost = {.n = 1024, .r = 1, .p = 1};
        COFRE_ASSIGN(const auto cheap, repo::create_key_file(*master, Secret(password), info));
        const auto json = repo::encode_key_file(cheap);
        COFRE_TRY(write_file_atomic(place / "keys" / repo::Id::of(as_bytes(json)).hex(), json));
        fs::remove(path);
    }
    return {};
}

}  // namespace cofre::testing
