#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <zlib.h>

#include "base/check.h"
#include "codec/formats.h"

namespace cofre::codec {
namespace {

constexpr int kDefaultGzipLevel = 6;
constexpr int kGzipWindowBits = 15 + 16;        // Source: zlib.h, "Add 16 to windowBits".
constexpr std::size_t kInputBytes = 1U << 30U;  // zlib counts input in 32 bits.

Error gzip_error(const z_stream& stream, int result, const char* doing) {
    const char* detail = stream.msg != nullptr ? stream.msg : ::zError(result);
    const auto code = result == Z_MEM_ERROR ? ErrorCode::kResourceExhausted : ErrorCode::kCorruption;
    std::string message = doing;
    message += " gzip: ";
    message += detail;
    return Error(code, std::move(message));
}

/// The buffers and the loop that both directions share.
class GzipStream : public StreamTransform {
public:
    GzipStream(const GzipStream&) = delete;
    GzipStream& operator=(const GzipStream&) = delete;

protected:
    GzipStream() = default;

    void set_input(std::span<const std::byte> input) {
        // zlib's interface has no const, but it only reads from next_in.
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
        stream_.avail_in = static_cast<uInt>(input.size());
    }
    void reset_output() {
        stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
        stream_.avail_out = static_cast<uInt>(buffer_.size());
    }
    Status pass_output(const ByteSink& output) {
        const std::size_t ready = buffer_.size() - stream_.avail_out;
        if (ready == 0) return {};
        return output(std::span(buffer_).first(ready));
    }

    z_stream stream_{};

private:
    std::vector<std::byte> buffer_ = std::vector<std::byte>(kOutputBytes);
};

class GzipEncoder final : public GzipStream {
public:
    explicit GzipEncoder(int level) {
        const int wanted = level == 0 ? kDefaultGzipLevel : std::clamp(level, Z_BEST_SPEED, Z_BEST_COMPRESSION);
        constexpr int kDefaultMemory = 8;
        const int result =
            deflateInit2(&stream_, wanted, Z_DEFLATED, kGzipWindowBits, kDefaultMemory, Z_DEFAULT_STRATEGY);
        COFRE_CHECK(result == Z_OK);  // Out of memory, as for operator new.
    }
    ~GzipEncoder() override { ::deflateEnd(&stream_); }

    Status write(std::span<const std::byte> input, const ByteSink& output) override {
        while (!input.empty()) {
            const auto chunk = input.first(std::min(input.size(), kInputBytes));
            set_input(chunk);
            COFRE_TRY(run(Z_NO_FLUSH, output));
            input = input.subspan(chunk.size());
        }
        return {};
    }

    Status finish(const ByteSink& output) override {
        set_input({});
        return run(Z_FINISH, output);
    }

private:
    Status run(int flush, const ByteSink& output) {
        for (;;) {
            reset_output();
            const int result = ::deflate(&stream_, flush);
            COFRE_CHECK(result != Z_STREAM_ERROR);
            COFRE_TRY(pass_output(output));
            const bool is_done = flush == Z_FINISH ? result == Z_STREAM_END : stream_.avail_out > 0;
            if (is_done) return {};
        }
    }
};

class GzipDecoder final : public GzipStream {
public:
    GzipDecoder() {
        const int result = inflateInit2(&stream_, kGzipWindowBits);
        COFRE_CHECK(result == Z_OK);
    }
    ~GzipDecoder() override { ::inflateEnd(&stream_); }

    Status write(std::span<const std::byte> input, const ByteSink& output) override {
        while (!input.empty()) {
            const auto chunk = input.first(std::min(input.size(), kInputBytes));
            set_input(chunk);
            COFRE_TRY(decode(output));
            input = input.subspan(chunk.size());
        }
        return {};
    }

    Status finish(const ByteSink& /*output*/) override {
        if (is_whole_) return {};
        return Error(ErrorCode::kCorruption, "decompress gzip: the stream is cut short");
    }

private:
    Status decode(const ByteSink& output) {
        do {
            if (is_whole_ && stream_.avail_in > 0) ::inflateReset(&stream_);
            reset_output();
            const int result = ::inflate(&stream_, Z_NO_FLUSH);
            // Z_BUF_ERROR: nothing to do; it happens when the last call ended
            // exactly at the end of both buffers.
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
                return gzip_error(stream_, result, "decompress");
            }
            is_whole_ = result == Z_STREAM_END;
            COFRE_TRY(pass_output(output));
        } while (stream_.avail_in > 0 || (!is_whole_ && stream_.avail_out == 0));
        return {};
    }

    bool is_whole_ = false;  // All that was read is a number of whole members, at least one.
};

}  // namespace

std::unique_ptr<StreamTransform> make_gzip_encoder(int level) {
    return std::make_unique<GzipEncoder>(level);
}

std::unique_ptr<StreamTransform> make_gzip_decoder() {
    return std::make_unique<GzipDecoder>();
}

}  // namespace cofre::codec
