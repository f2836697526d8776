// Server-sent events through sockets.

#include <gmock/gmock.h>

#include "net/testing/raw_client.h"

namespace cofre::net::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class EventServer : public ServerFixture {
protected:
    EventServer() {
        add("GET", "/events", [this](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
            return HttpReply::events(hub_.subscribe(request.header("last-event-id")));
        });
    }
    RawClient subscribe(std::string_view fields = {}) {
        const std::uint64_t before = server_->counters().event_streams_open;
        RawClient one = client();
        one.send(get_request("/events", fields));
        EXPECT_THAT(one.read_until("\r\n\r\n"), HasSubstr("text/event-stream"));
        EXPECT_TRUE(eventually([&] { return server_->counters().event_streams_open == before + 1; }));
        return one;
    }
    EventHub hub_;
};

TEST_F(EventServer, AnEventReachesEverySubscriber) {
    start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 50; ++i)
        clients.push_back(subscribe());
    const std::string id = hub_.publish("run", "one\ntwo");
    for (RawClient& one : clients) {
        EXPECT_EQ(one.read_until("\n\n"), "id: " + id + "\nevent: run\ndata: one\ndata: two\n\n");
    }
    EXPECT_EQ(hub_.subscribers(), 50U);
}

TEST_F(EventServer, AClientThatComesBackMissesNothing) {
    start();
    const std::string first = hub_.publish("t", "1");
    hub_.publish("t", "2");
    RawClient one = subscribe("Last-Event-ID: " + first + "\r\n");
    EXPECT_THAT(one.read_until("\n\n"), HasSubstr("data: 2"));
    hub_.publish("t", "3");
    EXPECT_THAT(one.read_until("\n\n"), HasSubstr("data: 3"));
}

TEST_F(EventServer, SilentStreamsGetAHeartbeat) {
    options_.heartbeat = milliseconds(40);
    start();
    RawClient one = subscribe();
    EXPECT_EQ(one.read_until(":\n\n"), ":\n\n");
    EXPECT_EQ(one.read_until(":\n\n"), ":\n\n");
}

TEST_F(EventServer, WhoLeavesIsNoticed) {
    start();
    { RawClient one = subscribe(); }
    EXPECT_TRUE(eventually([&] { return server_->counters().event_streams_open == 0; }));
    EXPECT_EQ(hub_.subscribers(), 0U);
    EXPECT_TRUE(eventually([&] { return server_->counters().connections_open == 0; }));
}

TEST_F(EventServer, WhoDoesNotReadIsClosed) {
    start();
    RawClient lazy = subscribe();
    RawClient good = subscribe();
    const std::string text(100'000, 'x');
    // Socket buffers first, then the queue, then it ends; the other one gets all.
    for (int i = 0; i < 400 && hub_.subscribers() == 2; ++i) {
        hub_.publish("t", text);
        good.read_until("\n\n");
    }
    EXPECT_EQ(hub_.subscribers(), 1U);
    hub_.publish("t", "last");
    EXPECT_THAT(good.read_until("\n\n"), HasSubstr("data: last"));
}

TEST_F(EventServer, CloseSendsWhatIsQueued) {
    start();
    RawClient one = subscribe();
    hub_.publish("t", "last words");
    hub_.close();
    EXPECT_THAT(one.read_to_end(), HasSubstr("data: last words"));
}

TEST_F(EventServer, ShutdownEndsStreams) {
    start();
    RawClient one = subscribe();
    const auto kept = hub_.subscribe();
    const Status ended = server_->shutdown(kPatience);
    EXPECT_TRUE(ended);
    EXPECT_TRUE(one.ends());
    server_.reset();
    hub_.publish("t", "after the end");
}

TEST_F(EventServer, HeadOpensNoStream) {
    start();
    EXPECT_EQ(ask("HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200);
    EXPECT_EQ(server_->counters().event_streams_open, 0U);
    EXPECT_EQ(hub_.subscribers(), 0U);
}

}  // namespace
}  // namespace cofre::net::testing
