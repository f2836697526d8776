#pragma once

/// @file
/// Units of something that is shared: bytes of memory, requests under way.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/result.h"

namespace cofre {

/// Thread-safe. Whoever holds units must never wait for more of the same
/// semaphore, or two of its kind wait for each other.
class Semaphore {
public:
    explicit Semaphore(std::uint64_t capacity) : capacity_(capacity) {}
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// Units that are held until the object dies or release() is called.
    class Hold {
    public:
        Hold() = default;
        Hold(Hold&& other) noexcept
            : owner_(std::exchange(other.owner_, nullptr)), units_(std::exchange(other.units_, 0)) {}
        Hold& operator=(Hold&& other) noexcept {
            std::swap(owner_, other.owner_);
            std::swap(units_, other.units_);
            return *this;
        }
        ~Hold() { release(); }

        std::uint64_t units() const { return units_; }
        void release() {
            if (owner_ != nullptr) std::exchange(owner_, nullptr)->give_back(std::exchange(units_, 0));
        }

    private:
        friend class Semaphore;
        Hold(Semaphore* owner, std::uint64_t units) : owner_(owner), units_(units) {}
        Semaphore* owner_ = nullptr;
        std::uint64_t units_ = 0;
    };

    /// Waits until they are free. More than the capacity are given out when
    /// nobody else holds any, so that nothing waits for ever. kCancelled: `stop`.
    Result<Hold> acquire(std::uint64_t units, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        const bool fits = changed_.wait(lock, stop, [&] { return is_free(units); });
        if (!fits || stop.stop_requested()) return Error(ErrorCode::kCancelled, "wait for a semaphore");
        used_ += units;
        return Hold(this, units);
    }

    /// Nothing is held if they are not free at once.
    Hold try_acquire(std::uint64_t units) {
        const std::lock_guard lock(mutex_);
        if (!is_free(units)) return {};
        used_ += units;
        return {this, units};
    }

    /// What is held above a smaller capacity stays held until it is given back.
    void set_capacity(std::uint64_t capacity) {
        const std::lock_guard lock(mutex_);
        capacity_ = capacity;
        changed_.notify_all();
    }

    std::uint64_t capacity() const {
        const std::lock_guard lock(mutex_);
        return capacity_;
    }
    std::uint64_t used() const {
        const std::lock_guard lock(mutex_);
        return used_;
    }

private:
    bool is_free(std::uint64_t units) const { return used_ == 0 || (units <= capacity_ && used_ <= capacity_ - units); }
    void give_back(std::uint64_t units) {
        const std::lock_guard lock(mutex_);
        used_ -= units;
        changed_.notify_all();
    }

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t capacity_;
    std::uint64_t used_ = 0;
};

}  // namespace cofre
