#include "net/http_connection.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include <curl/curl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/curl_error.h"
#include "net/http_transfer.h"
#include "net/url.h"

namespace cofre::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long one poll may last: the step in which silence and deadlines are noticed.
constexpr milliseconds kPollStep{1000};

struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

extern "C" std::size_t cofre_net_read(char* buffer, std::size_t size, std::size_t count, void* transfer) {
    const auto out = std::as_writable_bytes(std::span(buffer, size * count));
    return static_cast<HttpTransfer*>(transfer)->read_body(out).value_or(CURL_READFUNC_ABORT);
}

extern "C" int cofre_net_seek(void* transfer, curl_off_t offset, int /*origin: always SEEK_SET*/) {
    static_cast<HttpTransfer*>(transfer)->rewind_body(static_cast<std::uint64_t>(offset));
    return CURL_SEEKFUNC_OK;
}

extern "C" std::size_t cofre_net_write(char* data, std::size_t size, std::size_t count, void* transfer) {
    const auto bytes = std::as_bytes(std::span(data, size * count));
    return static_cast<HttpTransfer*>(transfer)->on_body(bytes) ? bytes.size() : 0;
}

extern "C" std::size_t cofre_net_header(char* data, std::size_t size, std::size_t count, void* transfer) {
    static_cast<HttpTransfer*>(transfer)->on_header_line(std::string_view(data, size * count));
    return size * count;
}

extern "C" int cofre_net_socket_opened(void* sockets, curl_socket_t fd, curlsocktype /*purpose*/) {
    static_cast<std::vector<int>*>(sockets)->push_back(fd);
    return CURL_SOCKOPT_OK;
}

extern "C" int cofre_net_close_socket(void* sockets, curl_socket_t fd) {
    std::erase(*static_cast<std::vector<int>*>(sockets), fd);
    return ::close(fd);
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

Status append_line(HeaderList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return Error(ErrorCode::kInternal, "libcurl is out of memory");
    static_cast<void>(list.release());
    list.reset(longer);
    return {};
}

Result<HeaderList> header_list(const HttpHeaders& headers) {
    HeaderList list;
    std::string line;
    for (const auto& [name, value] : headers) {
        if (name.empty() || has_control_character(name) || has_control_character(value)) {
            return Error(ErrorCode::kInvalidArgument,
                         "header \"" + name + "\" has a character that HTTP does not allow");
        }
        // libcurl's own spelling for a header without a value is "name;".
        line.assign(name).append(value.empty() ? ";" : ": ").append(value);
        COFRE_TRY(append_line(list, line));
    }
    // Lines without a value take away what libcurl would add by itself.
    COFRE_TRY(append_line(list, "Expect:"));
    COFRE_TRY(append_line(list, "Accept:"));
    if (find_header(headers, "content-type").empty()) COFRE_TRY(append_line(list, "Content-Type:"));
    return list;
}

// Notices silence: no socket event, and the peer acknowledges nothing of what
// the kernel still holds. Its send buffer may take minutes to drain on a slow
// link, long after libcurl has handed over the last byte.
// Real time on purpose: this measures the wire, which no test clock drives.
class IdleWatch {
public:
    explicit IdleWatch(const std::vector<int>& sockets) : sockets_(sockets) {}

    void observe(int events) {
        const long unsent = unsent_bytes();
        if (events > 0 || unsent != unsent_) last_move_ = steady_clock::now();
        unsent_ = unsent;
    }
    /// Time in which nobody looked: a rate limit may hold a transfer back.
    void skip(steady_clock::duration time) { last_move_ += time; }
    milliseconds idle_for() const { return std::chrono::duration_cast<milliseconds>(steady_clock::now() - last_move_); }

private:
    long unsent_bytes() const {
        long total = 0;
        for (const int fd : sockets_) {
            int bytes = 0;
            if (::ioctl(fd, SIOCOUTQ, &bytes) == 0) total += bytes;
        }
        return total;
    }

    const std::vector<int>& sockets_;
    long unsent_ = 0;
    steady_clock::time_point last_move_ = steady_clock::now();
};

}  // namespace

struct HttpConnection::Impl {
    Impl(const HttpClientOptions& client_options, const Clock& client_clock)
        : options(client_options), clock(client_clock) {}

    Status prepare(const HttpRequest& request, HttpTransfer& transfer, const HeaderList& headers);
    void set_fixed_options();
    void set_method(const HttpRequest& request);
    Status run(const CallContext& ctx);
    Result<milliseconds> time_to_poll(const CallContext& ctx, const IdleWatch& watch) const;
    Status result_of_transfer();

    const HttpClientOptions options;
    const Clock& clock;
    std::vector<int> sockets;  // Open ones; before the handles, whose clean-up closes sockets.
    std::array<char, CURL_ERROR_SIZE> error_text{};
    std::unique_ptr<CURLM, MultiDeleter> multi;
    std::unique_ptr<CURL, EasyDeleter> easy;
};

void HttpConnection::Impl::set_fixed_options() {
    CURL* const h = easy.get();
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error_text.data());
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(h, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(h, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    curl_easy_setopt(h, CURLOPT_BUFFERSIZE, static_cast<long>(HttpClient::kBufferSize));
    curl_easy_setopt(h, CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(HttpClient::kBufferSize));
    curl_easy_setopt(h, CURLOPT_USERAGENT, options.user_agent.c_str());
    if (options.ca_bundle) curl_easy_setopt(h, CURLOPT_CAINFO, options.ca_bundle->c_str());
    curl_easy_setopt(h, CURLOPT_READFUNCTION, cofre_net_read);
    curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, cofre_net_seek);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, cofre_net_write);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, cofre_net_header);
    curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, cofre_net_socket_opened);
    curl_easy_setopt(h, CURLOPT_SOCKOPTDATA, &sockets);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, cofre_net_close_socket);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, &sockets);
}

void HttpConnection::Impl::set_method(const HttpRequest& request) {
    CURL* const h = easy.get();
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, nullptr);
    curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);  // Also takes back what the last request set.
    if (request.method == "HEAD") {
        curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
        return;
    }
    if (request.source != nullptr) {
        curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.source->size()));
    } else if (request.has_text) {
        // In this mode a short body leaves in the same packet as the head.
        curl_easy_setopt(h, CURLOPT_POST, 1L);
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.text.size()));
        // Without the text at hand libcurl asks for it, as for a source.
        const bool asks = options.upload_limit && !request.text.empty();
        curl_easy_setopt(h, CURLOPT_POSTFIELDS, asks ? nullptr : request.text.empty() ? "" : request.text.data());
    }
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Status HttpConnection::Impl::prepare(const HttpRequest& request, HttpTransfer& transfer, const HeaderList& headers) {
    CURL* const h = easy.get();
    COFRE_ASSIGN(const Url url, parse_url(request.url));
    curl_easy_setopt(h, CURLOPT_URL, request.url.c_str());
    // An empty name is "no proxy at all"; null lets the environment decide.
    const bool direct = url.is_loopback() || !options.use_proxy;
    curl_easy_setopt(h, CURLOPT_PROXY, !options.proxy.empty() ? options.proxy.c_str() : direct ? "" : nullptr);
    if (!options.unix_socket.empty()) curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(h, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(h, CURLOPT_SEEKDATA, &transfer);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, &transfer);
    set_method(request);
    error_text[0] = '\0';
    return {};
}

Result<milliseconds> HttpConnection::Impl::time_to_poll(const CallContext& ctx, const IdleWatch& watch) const {
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stopped during a request");
    const milliseconds idle = watch.idle_for();
    if (idle >= options.idle_timeout) {
        return Error(ErrorCode::kUnavailable,
                     "no byte moved for " + std::to_string(options.idle_timeout.count()) + " ms");
    }
    milliseconds wait = std::min(kPollStep, options.idle_timeout - idle);
    if (ctx.deadline != steady_clock::time_point::max()) {
        const auto left = std::chrono::ceil<milliseconds>(ctx.deadline - clock.now());
        if (left <= milliseconds(0)) return Error(ErrorCode::kDeadlineExceeded, "deadline passed during a request");
        wait = std::min(wait, left);
    }
    return wait;
}

Status HttpConnection::Impl::run(const CallContext& ctx) {
    CURLM* const m = multi.get();
    const std::stop_callback wake(ctx.stop, [m] { curl_multi_wakeup(m); });
    IdleWatch watch(sockets);
    for (;;) {
        int running = 0;
        const auto begin = steady_clock::now();
        if (const CURLMcode code = curl_multi_perform(m, &running); code != CURLM_OK) {
            return Error(ErrorCode::kInternal, std::string("libcurl: ") + curl_multi_strerror(code));
        }
        watch.skip(steady_clock::now() - begin);
        if (running == 0) return result_of_transfer();
        COFRE_ASSIGN(const milliseconds wait, time_to_poll(ctx, watch));
        int events = 0;
        const CURLMcode code = curl_multi_poll(m, nullptr, 0, static_cast<int>(wait.count()), &events);
        if (code != CURLM_OK) {
            return Error(ErrorCode::kInternal, std::string("libcurl: ") + curl_multi_strerror(code));
        }
        watch.observe(events);
    }
}

Status HttpConnection::Impl::result_of_transfer() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        if (message->data.result == CURLE_OK) return {};
        return error_of_curl(message->data.result, error_text.data());
    }
    return Error(ErrorCode::kInternal, "libcurl ended a transfer without a result");
}

HttpConnection::HttpConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpConnection::~HttpConnection() = default;

Result<std::unique_ptr<HttpConnection>> HttpConnection::create(const HttpClientOptions& options, const Clock& clock) {
    auto impl = std::make_unique<Impl>(options, clock);
    impl->multi.reset(curl_multi_init());
    impl->easy.reset(curl_easy_init());
    if (!impl->multi || !impl->easy) return Error(ErrorCode::kInternal, "libcurl cannot make a handle");
    curl_multi_setopt(impl->multi.get(), CURLMOPT_MAXCONNECTS, 1L);
    impl->set_fixed_options();
    return std::unique_ptr<HttpConnection>(new HttpConnection(std::move(impl)));
}

Result<HttpResponse> HttpConnection::perform(const CallContext& ctx, const HttpRequest& request,
                                             const ResponseHandler& handler) {
    HttpTransfer transfer(ctx, impl_->options, request, handler);
    COFRE_ASSIGN(const HeaderList headers, header_list(request.headers));
    COFRE_TRY(impl_->prepare(request, transfer, headers));
    if (curl_multi_add_handle(impl_->multi.get(), impl_->easy.get()) != CURLM_OK) {
        return Error(ErrorCode::kInternal, "libcurl refuses the request");
    }
    Status status = impl_->run(ctx);
    // Also ends a transfer that is still under way, and closes its connection.
    curl_multi_remove_handle(impl_->multi.get(), impl_->easy.get());
    if (transfer.error()) return *transfer.error();
    if (!status) return std::move(status).error();
    return transfer.finish();
}

}  // namespace cofre::net
