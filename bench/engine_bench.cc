// How fast one thread is at each step that a new blob goes through, and how
// large and fast the index is. Prints one line for each; the best of several
// rounds, because other programs only ever make it slower.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "codec/block_codec.h"
#include "crypto/digest.h"
#include "crypto/sealed_box.h"
#include "repo/blob_codec.h"
#include "repo/blob_index.h"
#include "repo/chunker.h"
#include "repo/index_file.h"

namespace {

using namespace cofre;  // NOLINT(google-build-using-namespace): a program of one file

constexpr std::size_t kData = 64U << 20U;
constexpr std::size_t kBlob = 1U << 20U;
constexpr int kRounds = 5;
constexpr unsigned kBlobs = 500'000;

double best_seconds(const std::function<void()>& work) {
    double best = 1e9;
    for (int i = 0; i < kRounds; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

void report(const char* name, std::size_t bytes, const std::function<void()>& work) {
    std::printf("%-44s %8.2f GB/s\n", name, static_cast<double>(bytes) / 1e9 / best_seconds(work));
    std::fflush(stdout);
}

ByteBuffer noise_data() {
    ByteBuffer out(kData);
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < kData; i += 8) {
        const std::uint64_t word = random();
        std::memcpy(out.data() + i, &word, 8);
    }
    return out;
}

ByteBuffer log_data() {
    std::string text;
    std::mt19937_64 random(2);
    while (text.size() < kData)
        text += "2026-11-22T08:41:28Z INFO request " + std::to_string(random() % 100'000'000) + " from 10.0." +
                std::to_string(random() % 256) + "." + std::to_string(random() % 256) + " took " +
                std::to_string(random() % 1000) + " ms\n";
    text.resize(kData);
    return ByteBuffer::copy_of(as_bytes(text));
}

void each_blob(std::span<const std::byte> data, const std::function<void(std::span<const std::byte>)>& work) {
    for (std::size_t at = 0; at < data.size(); at += kBlob)
        work(data.subspan(at, kBlob));
}

void bench_chunker(std::span<const std::byte> data) {
    const repo::ChunkTables tables(repo::Polynomial(0x3DA3358B4DC173));
    std::size_t chunks = 0;
    report("cut into chunks", kData, [&] {
        chunks = 0;
        for (std::size_t at = 0; at < data.size(); ++chunks)
            at += repo::first_chunk(tables, data.subspan(at));
    });
    // Bytes 1 have no cut, so all but the first 512 KiB are looked at.
    const std::vector<std::byte> no_cut(repo::kMaxChunk, std::byte{1});
    report("fingerprint of every byte", repo::kMaxChunk - repo::kMinChunk,
           [&] { chunks += repo::first_chunk(tables, no_cut); });
}

void bench_crypto(std::span<const std::byte> data) {
    unsigned sum = 0;
    report("SHA-256", kData, [&] {
        each_blob(data, [&](auto blob) { sum += std::to_integer<unsigned>(crypto::sha256(blob).bytes()[0]); });
    });
    crypto::SealedBox box{crypto::BoxKey::random()};
    ByteBuffer room(kBlob + crypto::SealedBox::kOverhead);
    std::memset(room.data(), 1, room.size());
    report("AES-256-CTR + Poly1305-AES, seal", kData, [&] {
        for (std::size_t at = 0; at < kData; at += kBlob)
            box.seal(room.bytes());
    });
    std::size_t opened = 0;
    ByteBuffer copy(room.size());
    report("AES-256-CTR + Poly1305-AES, open (with copy)", kData, [&] {
        for (std::size_t at = 0; at < kData; at += kBlob) {
            std::memcpy(copy.data(), room.data(), room.size());
            opened += box.open(copy.bytes()).has_value() ? 1 : 0;
        }
    });
    if (opened != kRounds * kData / kBlob || sum == 1) std::abort();
}

void bench_zstd(const char* what, std::span<const std::byte> data) {
    codec::BlockCompressor compressor(codec::BlockLevel::kAuto);
    codec::BlockDecompressor decompressor;
    ByteBuffer out(codec::BlockCompressor::bound(kBlob));
    ByteBuffer plain(kBlob);
    std::size_t size = 0;
    const std::string name(what);
    report(("zstd 3, " + name).c_str(), kData, [&] {
        size = 0;
        each_blob(data, [&](auto blob) { size += *compressor.compress(blob, out.bytes()); });
    });
    std::printf("%-44s %8.2f\n", "  ratio", static_cast<double>(kData) / static_cast<double>(size));
    const std::size_t one = *compressor.compress(data.first(kBlob), out.bytes());
    report(("unzstd, " + name).c_str(), kBlob * 64, [&] {
        for (int i = 0; i < 64; ++i)
            if (!decompressor.decompress_exact(out.bytes().first(one), plain.bytes())) std::abort();
    });
    bool skips = false;
    report(("looks_incompressible, " + name).c_str(), kData,
           [&] { each_blob(data, [&](auto blob) { skips = codec::looks_incompressible(blob); }); });
}

void bench_blobs(const char* what, std::span<const std::byte> data) {
    for (const bool verify : {false, true}) {
        repo::BlobEncoder encoder(crypto::BoxKey::random(), codec::BlockLevel::kAuto, verify);
        report((std::string("whole blob") + (verify ? ", verified, " : ", ") + what).c_str(), kData, [&] {
            each_blob(data, [&](auto blob) {
                if (!encoder.encode(repo::BlobType::kData, repo::Id::of(blob), blob, repo::BlobCompression::kWorth))
                    std::abort();
            });
        });
    }
}

void bench_index() {
    std::vector<repo::PackContent> packs;
    for (unsigned i = 0; i < kBlobs; ++i) {
        if (i % 20 == 0) packs.push_back({repo::Id::of(as_bytes("p" + std::to_string(i))), {}});
        packs.back().blobs.push_back({repo::Id::of(as_bytes(std::to_string(i))), repo::BlobType::kData, i, 1000, 2000});
    }
    const std::string json = repo::encode_index(packs);
    report("index file, encode", json.size(), [&] { (void)repo::encode_index(packs); });
    auto buffer = ByteBuffer::copy_of(as_bytes(json));
    report("index file, decode", json.size(), [&] {
        if (!repo::decode_index(buffer, [](repo::PackContent&&) { return Status(); })) std::abort();
    });
    repo::BlobIndex index;
    const double insert = best_seconds([&] {
        index = repo::BlobIndex();
        for (const auto& pack : packs)
            index.insert(pack);
    });
    std::size_t found = 0;
    const double find = best_seconds([&] {
        for (const auto& pack : packs)
            for (const auto& blob : pack.blobs)
                found += index.contains(repo::BlobType::kData, blob.id) ? 1 : 0;
    });
    std::printf("%-44s %8.1f ns\n%-44s %8.1f ns\n%-44s %8.1f bytes\n", "index, insert", insert * 1e9 / kBlobs,
                "index, find", find * 1e9 / kBlobs, "index, memory of a blob",
                static_cast<double>(index.memory_bytes()) / kBlobs);
}

}  // namespace

int main() {
    const auto noise = noise_data();
    const auto log = log_data();
    bench_chunker(noise.bytes());
    bench_crypto(noise.bytes());
    bench_zstd("noise", noise.bytes());
    bench_zstd("log", log.bytes());
    bench_blobs("noise", noise.bytes());
    bench_blobs("log", log.bytes());
    bench_index();
    return 0;
}
