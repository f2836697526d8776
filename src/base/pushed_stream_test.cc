#include "base/pushed_stream.h"

#include <array>
#include <new>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace cofre {
namespace {

TEST(PushedStream, GivesWhatIsPushedAndThenTheEnd) {
    PushedStream stream({}, [](const CallContext&, const ByteSink& sink) {
        const std::string text(200'000, 'x');
        return sink(as_bytes(text));
    });
    std::array<std::byte, 1000> room{};
    std::size_t total = 0;
    for (;;) {
        const auto count = stream.read(room);
        ASSERT_TRUE(count) << count.error().message();
        if (*count == 0) break;
        total += *count;
    }
    EXPECT_EQ(total, 200'000U);
    EXPECT_EQ(*stream.read(room), 0U);
}

TEST(PushedStream, AnErrorIsSaidEachTime) {
    PushedStream stream({},
                        [](const CallContext&, const ByteSink&) { return Status(Error(ErrorCode::kCorruption, "x")); });
    std::array<std::byte, 10> room{};
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(stream.read(room).error().code(), ErrorCode::kCorruption);
}

TEST(PushedStream, AnExceptionOfTheProducerEndsTheStream) {
    PushedStream stream({}, [](const CallContext&, const ByteSink&) -> Status { throw std::bad_alloc(); });
    std::array<std::byte, 10> room{};
    EXPECT_FALSE(stream.read(room));
}

TEST(PushedStream, NobodyReadingStopsTheProducer) {
    const PushedStream stream({}, [](const CallContext&, const ByteSink& sink) {
        const std::string text(10'000, 'x');
        for (;;)
            COFRE_TRY(sink(as_bytes(text)));
    });
}

}  // namespace
}  // namespace cofre
