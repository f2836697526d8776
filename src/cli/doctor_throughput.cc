#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "base/parallel.h"
#include "base/units.h"
#include "cli/doctor_checks.h"
#include "cli/progress_display.h"
#include "crypto/random.h"

namespace cofre::cli {
namespace {

constexpr std::uint64_t kProbeBytes = 64_MiB;
constexpr int kStreams = 4;
/// For the removal, whatever happened before.
constexpr std::chrono::seconds kRemovalTime{30};

/// Bytes that no proxy and no file system can compress, made as they are read.
/// Source: S. Vigna, splitmix64, public domain.
class NoiseSource final : public ByteSource {
public:
    explicit NoiseSource(std::uint64_t size) : size_(size) {}
    std::uint64_t size() const override { return size_; }

    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        for (std::size_t i = 0; i < out.size();) {
            const std::uint64_t at = offset + i;
            const auto word = std::bit_cast<std::array<std::byte, sizeof(std::uint64_t)>>(mix(at / 8));
            const std::size_t from = at % 8;
            const std::size_t count = std::min(out.size() - i, 8 - from);
            std::memcpy(out.data() + i, word.data() + from, count);
            i += count;
        }
        return {};
    }

private:
    static std::uint64_t mix(std::uint64_t index) {
        std::uint64_t z = (index + 1) * 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    std::uint64_t size_;
};

std::string rate_text(std::uint64_t bytes, std::chrono::nanoseconds time) {
    const double seconds = std::max(1e-6, std::chrono::duration<double>(time).count());
    return fmt::format("{:.1f} MB/s ({} in {:.2f}s)", static_cast<double>(bytes) / 1e6 / seconds, format_bytes(bytes),
                       seconds);
}

Finding failed_finding(const char* subject, const Error& error) {
    return {.subject = subject, .health = Health::kBad, .text = error.message(), .hint = error.hint()};
}

Result<Finding> measure_upload(const App& app, const daemon::OpenTarget& open, const store::ObjectKey& key) {
    backup::Progress progress;
    progress.bytes_found = kProbeBytes;
    progress.found_all = true;
    const ProgressDisplay display(app.console, progress, app.clock, "sending");
    const NoiseSource noise(kProbeBytes);
    store::PutOptions options;
    options.on_progress = [&](std::uint64_t bytes) { progress.bytes_done += bytes; };
    const auto begin = app.clock.now();
    const auto put = open.store->put(app.ctx, key, noise, options);
    if (!put) {
        if (put.error().code() == ErrorCode::kCancelled) return put.error();
        return failed_finding("up", put.error());
    }
    // A folder's file is in memory only, until here.
    if (Status synced = open.store->sync(app.ctx); !synced) return failed_finding("up", synced.error());
    return Finding{.subject = "up", .text = rate_text(kProbeBytes, app.clock.now() - begin)};
}

Result<Finding> measure_download(const App& app, const daemon::OpenTarget& open, const store::ObjectKey& key) {
    backup::Progress progress;
    progress.bytes_found = kProbeBytes;
    progress.found_all = true;
    const ProgressDisplay display(app.console, progress, app.clock, "fetching");
    constexpr std::uint64_t kRange = kProbeBytes / kStreams;
    const auto begin = app.clock.now();
    const Status got = parallel_for(app.ctx, kStreams, kStreams, [&](const CallContext& ctx, std::size_t i) -> Status {
        const auto head = open.store->get(ctx, key, {.offset = i * kRange, .length = kRange},
                                          [&](std::span<const std::byte> bytes) -> Status {
                                              progress.bytes_done += bytes.size();
                                              return {};
                                          });
        if (!head) return head.error();
        return {};
    });
    if (!got) {
        if (got.error().code() == ErrorCode::kCancelled) return got.error();
        return failed_finding("down", got.error());
    }
    return Finding{.subject = "down", .text = rate_text(kProbeBytes, app.clock.now() - begin)};
}

}  // namespace

Result<Diagnosis> diagnose_throughput(const App& app, const daemon::OpenTarget& open) {
    Diagnosis diagnosis{.check = "throughput", .findings = {}};
    COFRE_ASSIGN(const auto key, store::ObjectKey::parse(open.prefix + "cofre-doctor-" + crypto::random_hex(8)));
    auto up = measure_upload(app, open, key);
    auto down = up && up->health == Health::kGood ? measure_download(app, open, key) : up;
    // Also after a stop.
    const Status removed = open.store->remove({.stop = {}, .deadline = app.clock.now() + kRemovalTime}, key);
    if (!up) return up.error();
    if (!down) return down.error();
    diagnosis.findings.push_back(*up);
    if (up->health == Health::kGood) diagnosis.findings.push_back(*down);
    if (!removed && removed.error().code() != ErrorCode::kNotFound) {
        diagnosis.findings.push_back({.subject = "left behind",
                                      .health = Health::kWarning,
                                      .text = key.str() + ": " + removed.error().message(),
                                      .hint = "remove it by hand"});
    }
    return diagnosis;
}

}  // namespace cofre::cli
