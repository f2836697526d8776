#include "dump/tool_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/command_stream.h"
#include "base/encoding.h"

namespace cofre::dump {
namespace {

class ToolReader final : public DumpReader {
public:
    ToolReader(const CallContext& ctx, ToolStream stream)
        : stream_(std::move(stream)), output_(ctx, stream_.command, {.idle_timeout = stream_.idle_timeout}) {}

    Result<std::size_t> read(std::span<std::byte> room) override {
        COFRE_ASSIGN(const std::size_t count, output_.read(room));
        if (count == 0) {
            COFRE_TRY(check_end());
            return count;
        }
        remember(to_text(room.first(count)));
        return count;
    }

    std::string log() const override { return output_.error_output(); }

private:
    void remember(std::string_view bytes) {
        first_ += bytes.substr(0, ToolStream::kSeenBytes - first_.size());
        if (bytes.size() < ToolStream::kSeenBytes) {
            last_ += bytes;
            if (last_.size() > ToolStream::kSeenBytes) last_.erase(0, last_.size() - ToolStream::kSeenBytes);
        } else {
            last_ = bytes.substr(bytes.size() - ToolStream::kSeenBytes);
        }
    }

    Status check_end() const {
        const std::string what = "read the output of " + stream_.command.argv.front();
        if (first_.empty() && !stream_.allow_empty) {
            return Error(ErrorCode::kInvalidArgument, what + ": it ended well but wrote nothing")
                .with_hint("nothing was committed; an empty dump is accepted only if it is asked for");
        }
        if (stream_.check_ends) {
            if (Status good = stream_.check_ends(first_, last_); !good) return std::move(good).error().context(what);
        }
        return {};
    }

    const ToolStream stream_;
    CommandStream output_;
    std::string first_;
    std::string last_;
};

}  // namespace

std::unique_ptr<DumpReader> open_tool(const CallContext& ctx, ToolStream stream) {
    return std::make_unique<ToolReader>(ctx, std::move(stream));
}

}  // namespace cofre::dump
