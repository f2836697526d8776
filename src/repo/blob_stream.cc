#include "repo/blob_stream.h"

#include <algorithm>
#include <utility>

namespace cofre::repo {

struct BlobStream::Request {
    explicit Request(const Id& id) : blob(id) {}
    Id blob;
    BoundedQueue<Result<ByteBuffer>> answer{1};
};

BlobStream::BlobStream(const CallContext& ctx, Repository& repo, int threads)
    : ctx_(ctx),
      repo_(repo),
      ahead_(static_cast<std::size_t>(std::max(1, threads)) * 2),
      requests_(ahead_),
      group_(ctx.stop) {
    for (int i = 0; i < std::max(1, threads); ++i) {
        group_.spawn([this](const std::stop_token& stop) { return serve(stop); });
    }
}

BlobStream::~BlobStream() = default;

Status BlobStream::serve(const std::stop_token& stop) {
    for (;;) {
        COFRE_ASSIGN(auto request, requests_.pop(stop));
        if (!request) return {};
        auto bytes = repo_.load_blob({stop, ctx_.deadline}, BlobType::kData, (*request)->blob);
        COFRE_TRY((*request)->answer.push(std::move(bytes), stop));
    }
}

Status BlobStream::read(std::span<const Id> blobs, const ByteSink& sink) {
    std::deque<std::shared_ptr<Request>> asked;
    std::size_t next = 0;
    while (next < blobs.size() || !asked.empty()) {
        while (next < blobs.size() && asked.size() < ahead_) {
            asked.push_back(std::make_shared<Request>(blobs[next++]));
            COFRE_TRY(requests_.push(asked.back(), ctx_.stop));
        }
        COFRE_ASSIGN(auto answer, asked.front()->answer.pop(ctx_.stop));
        asked.pop_front();
        if (!*answer) return std::move(*answer).error();
        COFRE_TRY(sink((*answer)->bytes()));
    }
    return {};
}

}  // namespace cofre::repo
