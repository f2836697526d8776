#include <algorithm>
#include <string>
#include <vector>

#include <zstd.h>
#include <zstd_errors.h>

#include "base/check.h"
#include "codec/formats.h"

namespace cofre::codec {
namespace {

constexpr int kDefaultZstdLevel = 3;
constexpr int kHighestLevel = 19;      // As zstd(1) without --ultra: the levels above need up to 1 GiB.
constexpr int kLargestWindowLog = 27;  // 128 MiB; also what zstd(1) accepts without --long.

Error zstd_error(std::size_t result, const char* doing) {
    const std::string message = std::string(doing) + " zstd: " + ::ZSTD_getErrorName(result);
    switch (::ZSTD_getErrorCode(result)) {
        case ZSTD_error_memory_allocation: return Error(ErrorCode::kResourceExhausted, message);
        case ZSTD_error_frameParameter_windowTooLarge: return Error(ErrorCode::kUnsupported, message);
        default: return Error(ErrorCode::kCorruption, message);
    }
}

class ZstdEncoder final : public StreamTransform {
public:
    explicit ZstdEncoder(int level) : context_(::ZSTD_createCCtx(), &::ZSTD_freeCCtx) {
        COFRE_CHECK(context_ != nullptr);  // Out of memory, as for operator new.
        const int wanted = level == 0 ? kDefaultZstdLevel : std::clamp(level, ::ZSTD_minCLevel(), kHighestLevel);
        ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, wanted);
        ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }

    Status write(std::span<const std::byte> input, const ByteSink& output) override {
        return run(input, ZSTD_e_continue, output);
    }
    Status finish(const ByteSink& output) override { return run({}, ZSTD_e_end, output); }

private:
    Status run(std::span<const std::byte> input, ZSTD_EndDirective mode, const ByteSink& output) {
        ZSTD_inBuffer in = {input.data(), input.size(), 0};
        for (;;) {
            ZSTD_outBuffer out = {buffer_.data(), buffer_.size(), 0};
            const std::size_t left = ::ZSTD_compressStream2(context_.get(), &out, &in, mode);
            if (::ZSTD_isError(left) != 0U) return zstd_error(left, "compress");
            if (out.pos > 0) COFRE_TRY(output(std::span(buffer_).first(out.pos)));
            const bool is_done = mode == ZSTD_e_end ? left == 0 : in.pos == in.size;
            if (is_done) return {};
        }
    }

    std::unique_ptr<ZSTD_CCtx, decltype(&::ZSTD_freeCCtx)> context_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(kOutputBytes);
};

class ZstdDecoder final : public StreamTransform {
public:
    ZstdDecoder() : context_(::ZSTD_createDCtx(), &::ZSTD_freeDCtx) {
        COFRE_CHECK(context_ != nullptr);
        ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
    }

    Status write(std::span<const std::byte> input, const ByteSink& output) override {
        ZSTD_inBuffer in = {input.data(), input.size(), 0};
        bool has_more = false;
        // Asked once more without input after a whole frame, zstd would begin
        // the next one and call the stream unfinished.
        while (in.pos < in.size || has_more) {
            ZSTD_outBuffer out = {buffer_.data(), buffer_.size(), 0};
            const std::size_t wanted = ::ZSTD_decompressStream(context_.get(), &out, &in);
            if (::ZSTD_isError(wanted) != 0U) return zstd_error(wanted, "decompress");
            is_whole_ = wanted == 0;
            has_more = !is_whole_ && out.pos == out.size;
            if (out.pos > 0) COFRE_TRY(output(std::span(buffer_).first(out.pos)));
        }
        return {};
    }

    Status finish(const ByteSink& /*output*/) override {
        if (is_whole_) return {};
        return Error(ErrorCode::kCorruption, "decompress zstd: the stream is cut short");
    }

private:
    std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> context_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(kOutputBytes);
    bool is_whole_ = false;  // All that was read is a number of whole frames, at least one.
};

}  // namespace

std::unique_ptr<StreamTransform> make_zstd_encoder(int level) {
    return std::make_unique<ZstdEncoder>(level);
}

std::unique_ptr<StreamTransform> make_zstd_decoder() {
    return std::make_unique<ZstdDecoder>();
}

}  // namespace cofre::codec
