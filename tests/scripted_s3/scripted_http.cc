#include "scripted_http.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <list>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/task_group.h"

namespace cofre::scripted {
namespace {

// One accepted connection. Every wait also watches the server's stop event.
class Connection {
public:
    Connection(int fd, int stop_event) : fd_(fd), stop_event_(stop_event) {}

    /// Adds what has arrived to the buffer; false at the end or at a stop.
    bool receive() {
        if (!wait(POLLIN)) return false;
        std::array<char, 65536> chunk{};
        const ssize_t n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (n <= 0) return false;
        buffer_.append(chunk.data(), static_cast<std::size_t>(n));
        return true;
    }

    bool send(std::string_view text) {
        while (!text.empty()) {
            if (!wait(POLLOUT)) return false;
            const ssize_t n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0 && errno != EAGAIN) return false;
            if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        fd_ = UniqueFd();
    }

    /// Lets `pause` pass; false if the server stops meanwhile.
    bool pause(std::chrono::milliseconds pause) const {
        pollfd stop{stop_event_, POLLIN, 0};
        return pause.count() == 0 || ::poll(&stop, 1, static_cast<int>(pause.count())) == 0;
    }

    void wait_for_stop() const {
        pollfd stop{stop_event_, POLLIN, 0};
        ::poll(&stop, 1, -1);
    }

    /// Takes up to and including `mark` out of the buffer, reading as needed.
    std::optional<std::string> take_until(std::string_view mark) {
        for (;;) {
            if (const auto at = buffer_.find(mark); at != std::string::npos) return take(at + mark.size());
            if (!receive()) return std::nullopt;
        }
    }

    std::string take(std::size_t count) {
        count = std::min(count, buffer_.size());
        std::string text = buffer_.substr(0, count);
        buffer_.erase(0, count);
        return text;
    }

private:
    bool wait(short events) const {
        std::array<pollfd, 2> fds{{{fd_.get(), events, 0}, {stop_event_, POLLIN, 0}}};
        while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
        }
        return fds[1].revents == 0;
    }

    UniqueFd fd_;
    int stop_event_;
    std::string buffer_;
};

Request parse_head(std::string_view head) {
    Request request;
    auto line = head.substr(0, head.find("\r\n"));
    request.method = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), request.method.size() + 1));
    request.target = line.substr(0, line.rfind(' '));
    head.remove_prefix(std::min(head.size(), head.find("\r\n") + 2));
    while (!head.empty()) {
        line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.size(), value.find_first_not_of(' ')));
        request.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
    }
    return request;
}

std::string render_head(const Reply& reply, bool has_body, bool close) {
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\n";
    for (const auto& [name, value] : reply.headers)
        head += name + ": " + value + "\r\n";
    const bool has_length = !net::find_header(reply.headers, "content-length").empty();
    if (has_body && !has_length && reply.status != 204) {
        head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    }
    if (close) head += "Connection: close\r\n";
    return head + "\r\n";
}

}  // namespace

std::string_view Request::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
    const auto question = target.find('?');
    return question == std::string::npos ? std::string_view() : std::string_view(target).substr(question + 1);
}

struct HttpServer::Impl {
    OnHead on_head;
    OnRequest on_request;
    UniqueFd listener;
    UniqueFd stop_event;
    std::uint16_t port = 0;
    std::atomic<int> accepted{0};
    TaskGroup acceptor;  // Last: its threads use all of the above.

    Status listen();
    Status accept_all();
    void serve(int fd, int number);
    bool serve_one(Connection& connection, int number);
    static bool read_body(Connection& connection, const WireFault& fault, Request& request);
    static bool answer(Connection& connection, const WireFault& fault, const Reply& reply, bool is_head);
};

Status HttpServer::Impl::listen() {
    listener = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    stop_event = UniqueFd(::eventfd(0, EFD_CLOEXEC));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Small, so that a server that reads slowly is one that receives slowly.
    const int window = 64 * 1024;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (!listener || !stop_event || ::bind(listener.get(), generic, length) != 0 ||
        ::listen(listener.get(), 128) != 0 || ::getsockname(listener.get(), generic, &length) != 0) {
        return Error::from_errno(errno, "listen on 127.0.0.1");
    }
    port = ntohs(address.sin_port);
    return {};
}

Status HttpServer::Impl::accept_all() {
    // One group for each, so that those that ended go while others still serve.
    struct Served {
        std::atomic<bool> is_over{false};
        TaskGroup thread;
    };
    std::list<Served> connections;
    for (;;) {
        std::array<pollfd, 2> fds{{{listener.get(), POLLIN, 0}, {stop_event.get(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), -1);
        if (fds[1].revents != 0) return {};
        const int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        const int number = ++accepted;
        connections.remove_if([](const Served& served) { return served.is_over.load(); });
        Served& served = connections.emplace_back();
        served.thread.spawn([this, fd, number, &served](const std::stop_token&) -> Status {
            serve(fd, number);
            served.is_over = true;
            return {};
        });
    }
}

void HttpServer::Impl::serve(int fd, int number) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection connection(fd, stop_event.get());
    while (serve_one(connection, number)) {
    }
}

bool HttpServer::Impl::serve_one(Connection& connection, int number) {
    const auto head = connection.take_until("\r\n\r\n");
    if (!head) return false;
    Request request = parse_head(*head);
    request.connection = number;
    const WireFault fault = on_head(request);
    if (!request.header("expect").empty() && !connection.send("HTTP/1.1 100 Continue\r\n\r\n")) return false;
    if (!read_body(connection, fault, request)) return false;
    if (fault.never_answer) {
        connection.wait_for_stop();
        return false;
    }
    const Reply reply = on_request(request);
    if (!connection.pause(fault.delay)) return false;
    if (fault.drop_reply) {
        connection.reset();
        return false;
    }
    return answer(connection, fault, reply, request.method == "HEAD");
}

bool HttpServer::Impl::read_body(Connection& connection, const WireFault& fault, Request& request) {
    std::size_t length = 0;
    const auto text = request.header("content-length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    for (;;) {
        request.body += connection.take(length - request.body.size());
        if (fault.reset_after_body_bytes && request.body.size() >= *fault.reset_after_body_bytes) {
            connection.reset();
            return false;
        }
        if (request.body.size() == length) return true;
        if (!connection.pause(fault.sip) || !connection.receive()) return false;
    }
}

bool HttpServer::Impl::answer(Connection& connection, const WireFault& fault, const Reply& reply, bool is_head) {
    if (!connection.send(render_head(reply, !is_head || reply.status >= 300, fault.close_after))) return false;
    if (is_head) return !fault.close_after;
    const auto cut = fault.reset_after_reply_bytes ? fault.reset_after_reply_bytes : fault.cut_after_reply_bytes;
    const auto body = std::string_view(reply.body).substr(0, cut.value_or(reply.body.size()));
    if (fault.drip.count() == 0) {
        if (!connection.send(body)) return false;
    } else {
        for (std::size_t i = 0; i < body.size(); ++i) {
            if (!connection.pause(fault.drip) || !connection.send(body.substr(i, 1))) return false;
        }
    }
    if (fault.reset_after_reply_bytes) connection.reset();
    return !cut && !fault.close_after;
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
    const std::uint64_t one = 1;
    // Cannot fail: the counter is far from its limit.
    [[maybe_unused]] const ssize_t n = ::write(impl_->stop_event.get(), &one, sizeof one);
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(OnHead on_head, OnRequest on_request) {
    auto impl = std::make_unique<Impl>();
    impl->on_head = std::move(on_head);
    impl->on_request = std::move(on_request);
    COFRE_TRY(impl->listen());
    impl->acceptor.spawn([raw = impl.get()](const std::stop_token&) { return raw->accept_all(); });
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const {
    return impl_->port;
}

std::string HttpServer::url() const {
    return "http://127.0.0.1:" + std::to_string(impl_->port);
}

int HttpServer::connections() const {
    return impl_->accepted.load();
}

}  // namespace cofre::scripted
