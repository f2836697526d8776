#include "s3/s3_writer.h"

#include <algorithm>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/encoding.h"
#include "base/guarded.h"
#include "base/task_group.h"
#include "s3/multipart_session.h"
#include "s3/part_plan.h"

namespace cofre::s3 {
namespace {

// Below this a buffer doubles; above, it is given the room of a whole part at
// once. The kernel hands out pages only as they are written.
constexpr std::size_t kSmallBuffer = 1_MiB;

// A part and its buffer, which goes from the writer to a sender and back.
struct Part {
    int number = 0;
    std::string bytes;
    Semaphore::Hold memory;  // Of a buffer above kSmallBuffer.
};
using PartPtr = std::unique_ptr<Part>;

class S3Writer final : public store::ObjectWriter {
public:
    S3Writer(S3Client& client, std::chrono::steady_clock::time_point deadline, store::ObjectKey key,
             store::PutOptions options, const UploadSettings& settings)
        : client_(client),
          deadline_(deadline),
          key_(std::move(key)),
          options_(std::move(options)),
          settings_(settings),
          sizes_(settings.part_size, client.profile()),
          target_(*sizes_.size_of(1, 0)),
          filled_(buffer_count()),
          spare_(buffer_count()) {}

    ~S3Writer() override {
        cancel_.request_stop();
        filled_.close();
    }

    Status append(const CallContext& ctx, std::span<const std::byte> data) override {
        if (hashes_whole()) whole_.update(data);
        size_ += data.size();
        while (!data.empty()) {
            // Only more data shows that a full buffer is not the last one.
            if (current_->bytes.size() == target_) COFRE_TRY(hand_over(ctx));
            std::string& bytes = current_->bytes;
            const auto count = std::min<std::size_t>(data.size(), static_cast<std::size_t>(target_) - bytes.size());
            if (bytes.size() + count > kSmallBuffer) COFRE_TRY(make_room(ctx));
            bytes.append(reinterpret_cast<const char*>(data.data()), count);
            data = data.subspan(count);
        }
        return {};
    }

    Result<store::PutReceipt> commit(const CallContext& ctx) override {
        if (!session_) {
            return upload_text(client_, ctx, key_, current_->bytes, crypto::sha256(current_->bytes), options_,
                               settings_);
        }
        const auto sha256 = hashes_whole() ? whole_.finish() : crypto::Sha256Digest();

        COFRE_TRY(filled_.push(numbered(std::move(current_)), ctx.stop));
        filled_.close();
        {
            const std::stop_callback stop_parts(ctx.stop, [this] { cancel_.request_stop(); });
            const Status sent = group_.wait();
            if (auto error = first_error()) return *std::move(error);
            COFRE_TRY(sent);
        }
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stopped during an upload");
        if (options_.sha256 && sha256 != *options_.sha256) {
            return Error(ErrorCode::kConflict, "the body is not what was announced: its SHA-256 differs");
        }
        auto parts = parts_.with([](auto& list) { return std::move(list); });
        std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
        return session_->complete(ctx, parts, size_, sha256);
    }

private:
    /// Each part is hashed when it is sent; a hash of all of them is one more pass.
    bool hashes_whole() const { return options_.needs_sha256 || options_.sha256.has_value(); }

    std::size_t buffer_count() const { return static_cast<std::size_t>(settings_.part_concurrency) + 1; }

    std::optional<Error> first_error() {
        return error_.with([](const std::optional<Error>& error) { return error; });
    }

    PartPtr numbered(PartPtr part) {
        part->number = next_number_++;
        return part;
    }

    // Memory for the first buffer, when it turns out that it needs any. Whoever
    // holds what we wait for needs nothing of ours to give it back.
    Status make_room(const CallContext& ctx) {
        if (current_->memory.units() == 0) {
            COFRE_ASSIGN(current_->memory, settings_.part_memory->acquire(target_, ctx.stop));
        }
        current_->bytes.reserve(static_cast<std::size_t>(target_));
        return {};
    }

    // Gives the full buffer to the senders and takes an empty one.
    Status hand_over(const CallContext& ctx) {
        if (!session_) COFRE_TRY(start(ctx));
        handed_over_ += current_->bytes.size();
        COFRE_TRY(filled_.push(numbered(std::move(current_)), ctx.stop));
        const auto next = sizes_.size_of(next_number_, handed_over_);
        if (!next) {
            return Error(ErrorCode::kResourceExhausted,
                         "object \"" + key_.str() + "\" needs more than " + std::to_string(next_number_ - 1) + " parts")
                .with_hint("raise part_size");
        }
        target_ = *next;
        COFRE_ASSIGN(current_, next_buffer(ctx));
        return {};
    }

    // One that has been sent; or a further one, as long as memory for it is free
    // at once; else the next that will have been sent.
    Result<PartPtr> next_buffer(const CallContext& ctx) {
        for (;;) {
            PartPtr spare = spare_.try_pop().value_or(nullptr);
            if (!spare && buffers_ < static_cast<int>(buffer_count())) {
                if (auto memory = settings_.part_memory->try_acquire(target_); memory.units() > 0) {
                    return new_buffer(std::move(memory));
                }
            }
            if (!spare && buffers_ == 0) {
                COFRE_ASSIGN(auto memory, settings_.part_memory->acquire(target_, ctx.stop));
                return new_buffer(std::move(memory));
            }
            if (!spare) {
                COFRE_ASSIGN(spare, take_spare(ctx));
            }
            if (spare->memory.units() >= target_) return spare;
            --buffers_;  // Parts have grown since: it is given back.
        }
    }

    PartPtr new_buffer(Semaphore::Hold memory) {
        ++buffers_;
        auto part = std::make_unique<Part>();
        part->memory = std::move(memory);
        return part;
    }

    Status start(const CallContext& ctx) {
        COFRE_ASSIGN(auto fields, object_fields(client_, ctx, key_, options_, settings_));
        COFRE_ASSIGN(session_, MultipartSession::begin(client_, ctx, key_, std::move(fields),
                                                       {.folder = settings_.ledger_folder}));
        for (int i = 0; i < settings_.part_concurrency; ++i) {
            group_.spawn([this](const std::stop_token& stop) { return send_parts(stop); });
        }
        return {};
    }

    // Waits for a sender to finish, for the caller's stop, or for a part that failed.
    Result<PartPtr> take_spare(const CallContext& ctx) {
        std::stop_source either;
        const auto wake = [&either] { either.request_stop(); };
        const std::stop_callback on_stop(ctx.stop, std::function<void()>(wake));
        const std::stop_callback on_failure(cancel_.get_token(), std::function<void()>(wake));
        auto spare = spare_.pop(either.get_token());
        if (auto error = first_error()) return *std::move(error);
        if (!spare) return Error(ErrorCode::kCancelled, "stopped during an upload");
        return **std::move(spare);
    }

    Status send_parts(const std::stop_token& stop) {
        const CallContext ctx{stop, deadline_};
        for (;;) {
            COFRE_ASSIGN(auto part, filled_.pop(stop));
            if (!part) return {};
            PartPtr& filled = *part;
            auto sent = session_->send_part(ctx, filled->number, filled->bytes, crypto::sha256(filled->bytes));
            if (!sent) return fail(std::move(sent).error());
            parts_.with([&](auto& list) { list.push_back(*std::move(sent)); });
            filled->bytes.clear();  // Keeps its memory.
            COFRE_TRY(spare_.push(std::move(filled), stop));
        }
    }

    Status fail(Error error) {
        error_.with([&](std::optional<Error>& first) {
            if (!first) first = error;
        });
        cancel_.request_stop();  // Wakes append(), and the other senders.
        return error;
    }

    S3Client& client_;
    const std::chrono::steady_clock::time_point deadline_;
    const store::ObjectKey key_;
    const store::PutOptions options_;
    const UploadSettings settings_;
    const GrowingParts sizes_;

    std::uint64_t target_;  // Size of the part that fills.
    PartPtr current_ = std::make_unique<Part>();
    crypto::Sha256 whole_;
    std::uint64_t size_ = 0;
    std::uint64_t handed_over_ = 0;
    int next_number_ = 1;
    int buffers_ = 1;  // That exist: this one, those in flight, and spare ones.

    BoundedQueue<PartPtr> filled_;
    BoundedQueue<PartPtr> spare_;
    Guarded<std::vector<UploadedPart>> parts_;
    Guarded<std::optional<Error>> error_;
    std::stop_source cancel_;
    std::unique_ptr<MultipartSession> session_;
    TaskGroup group_{cancel_.get_token()};  // Last: its threads use all of the above.
};

}  // namespace

Result<std::unique_ptr<store::ObjectWriter>> make_writer(S3Client& client, const CallContext& ctx,
                                                         const store::ObjectKey& key, const store::PutOptions& options,
                                                         const UploadSettings& settings) {
    return std::unique_ptr<store::ObjectWriter>(
        std::make_unique<S3Writer>(client, ctx.deadline, key, options, settings));
}

}  // namespace cofre::s3
