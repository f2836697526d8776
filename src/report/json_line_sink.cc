#include "report/json_line_sink.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/file.h"

namespace cofre::report {

std::string json_line(const LogEvent& event) {
    const nlohmann::ordered_json line = {
        {"time", format_rfc3339(std::chrono::floor<std::chrono::microseconds>(event.at))},
        {"level", to_string(event.level)},
        {"module", event.module},
        {"message", event.message}};
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void JsonLineSink::write(const LogEvent& event) {
    // Nowhere to report it: the reader has gone.
    (void)write_all(fd_, as_bytes(json_line(event)), "log");
}

}  // namespace cofre::report
