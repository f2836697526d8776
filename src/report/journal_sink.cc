#include "report/journal_sink.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

namespace cofre::report {
namespace {

int syslog_priority(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug: return LOG_DEBUG;
        case LogLevel::kInfo: return LOG_INFO;
        case LogLevel::kWarning: return LOG_WARNING;
        case LogLevel::kError: return LOG_ERR;
        case LogLevel::kCritical:
        case LogLevel::kOff: return LOG_CRIT;
    }
    return LOG_INFO;
}

}  // namespace

std::string journal_datagram(const LogEvent& event) {
    // The short form of a field: messages have no line breaks.
    std::string out = "PRIORITY=" + std::to_string(syslog_priority(event.level));
    out.append("\nSYSLOG_IDENTIFIER=cofre\nCOFRE_MODULE=").append(event.module);
    out.append("\nMESSAGE=").append(event.message).append("\n");
    return out;
}

Result<std::shared_ptr<JournalSink>> JournalSink::open(LogLevel level, const std::filesystem::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.native().size() >= sizeof(address.sun_path)) {
        return Error(ErrorCode::kInvalidArgument, "journal: the path of the socket is too long");
    }
    std::memcpy(address.sun_path, socket.c_str(), socket.native().size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return Error::from_errno(errno, "journal: make a socket");
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets.
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return Error::from_errno(errno, "journal: connect to " + socket.native());
    }
    return std::shared_ptr<JournalSink>(new JournalSink(std::move(fd), level));
}

void JournalSink::write(const LogEvent& event) {
    const std::string datagram = journal_datagram(event);
    (void)::send(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

SyslogSink::SyslogSink(LogLevel level) : level_(level) {
    ::openlog("cofre", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

SyslogSink::~SyslogSink() {
    ::closelog();
}

void SyslogSink::write(const LogEvent& event) {
    const std::string line = "[" + std::string(event.module) + "] " + std::string(event.message);
    ::syslog(syslog_priority(event.level), "%s", line.c_str());  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

}  // namespace cofre::report
