#include "net/event_stream.h"

#include <gtest/gtest.h>

namespace cofre::net {
namespace {

std::string all_texts(EventStream& stream) {
    std::string text;
    for (const auto& one : stream.take().texts)
        text += *one;
    return text;
}

TEST(ServerEventText, EachLineIsALine) {
    EXPECT_EQ(encode_event({.id = "7", .type = "run", .data = "a\nb\r\nc\rd", .retry = std::chrono::seconds(2)}),
              "id: 7\nevent: run\nretry: 2000\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(encode_event({.data = ""}), "data: \n\n");
}

TEST(ServerEventText, NamesCannotBeginAField) {
    EXPECT_EQ(encode_event({.id = "1\ndata: x", .type = "a\r\nid: 9", .data = "d"}),
              "id: 1data: x\nevent: aid: 9\ndata: d\n\n");
}

TEST(EventStreamQueue, ASlowClientIsClosedAndKeepsItsBeginning) {
    EventStream stream({.max_queued_bytes = 40});
    EXPECT_TRUE(stream.send({.data = "first-of-all"}));
    EXPECT_TRUE(stream.send({.data = "second"}));
    EXPECT_FALSE(stream.send({.data = "too-much-for-it"}));
    EXPECT_FALSE(stream.is_open());
    const auto batch = stream.take();
    EXPECT_EQ(batch.texts.size(), 2U);
    EXPECT_TRUE(batch.has_ended);
}

TEST(EventStreamQueue, OrLosesTheOldest) {
    EventStream stream({.max_queued_bytes = 30, .on_slow_client = SlowClient::kDropOldest});
    for (const char* data : {"1", "2", "3", "4"})
        EXPECT_TRUE(stream.send({.data = data}));
    EXPECT_EQ(stream.dropped(), 1U);
    EXPECT_EQ(all_texts(stream), "data: 2\n\ndata: 3\n\ndata: 4\n\n");
    EXPECT_TRUE(stream.is_open());
}

TEST(EventStreamQueue, WakesOnceUntilTaken) {
    EventStream stream;
    int wakes = 0;
    stream.attach([&] { ++wakes; });
    stream.send({.data = "1"});
    stream.send({.data = "2"});
    EXPECT_EQ(wakes, 1);
    EXPECT_EQ(stream.take().texts.size(), 2U);
    stream.close();
    EXPECT_EQ(wakes, 2);
    EXPECT_TRUE(stream.take().has_ended);
    stream.detach();
    EXPECT_FALSE(stream.send({.data = "3"}));
    EXPECT_EQ(wakes, 2);
}

TEST(EventHubHistory, ComesBackWhereTheClientWas) {
    EventHub hub;
    const std::string first = hub.publish("t", "1");
    hub.publish("t", "2");
    const std::string last = hub.publish("t", "3");
    const auto resumed = hub.subscribe(first);
    const std::string text = all_texts(*resumed);
    EXPECT_EQ(text.find("data: 1"), std::string::npos);
    EXPECT_NE(text.find("data: 2"), std::string::npos);
    EXPECT_NE(text.find("id: " + last + "\n"), std::string::npos);
    EXPECT_TRUE(all_texts(*hub.subscribe(last)).empty());
    EXPECT_TRUE(all_texts(*hub.subscribe()).empty());
}

TEST(EventHubHistory, SaysWhenItIsTooShort) {
    EventHub hub({.max_history_events = 2});
    const std::string first = hub.publish("t", "1");
    for (int i = 0; i < 3; ++i)
        hub.publish("t", "x");
    EXPECT_NE(all_texts(*hub.subscribe(first)).find("event: reset"), std::string::npos);
    EventHub other;
    EXPECT_NE(all_texts(*other.subscribe(first)).find("event: reset"), std::string::npos);
    EXPECT_NE(all_texts(*other.subscribe("nonsense")).find("event: reset"), std::string::npos);
}

TEST(EventHubHistory, ForgetsWhoHasLeft) {
    EventHub hub;
    auto one = hub.subscribe();
    const auto two = hub.subscribe();
    EXPECT_EQ(hub.subscribers(), 2U);
    one.reset();
    two->close();
    EXPECT_EQ(hub.subscribers(), 0U);
    hub.publish("t", "1");
}

}  // namespace
}  // namespace cofre::net
