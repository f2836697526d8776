#include "cli/console.h"

#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/secret.h"

namespace cofre::cli {
namespace {

constexpr int kUsualWidth = 80;

/// A reader that went away (`cofre ls | head`) is not worth a message.
void write_text(int fd, std::string_view text) {
    if (!write_all(fd, as_bytes(text), "terminal")) return;
}

std::string_view code_of(Tone tone) {
    switch (tone) {
        case Tone::kPlain: return "";
        case Tone::kGood: return "\x1b[32m";
        case Tone::kWarning: return "\x1b[33m";
        case Tone::kBad: return "\x1b[31m";
        case Tone::kFaint: return "\x1b[2m";
        case Tone::kHeading: return "\x1b[1m";
    }
    return "";
}

bool wants_color() {
    const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): before any thread.
    const char* term = std::getenv("TERM");          // NOLINT(concurrency-mt-unsafe)
    const bool refused = no_color != nullptr && *no_color != '\0';
    return !refused && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

Console::Console(const OutputOptions& options)
    : options_(options),
      terminal_(::isatty(STDERR_FILENO) == 1),
      color_(terminal_ && !options.no_color && wants_color()) {}

int Console::width() const {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
    return size.ws_col;
}

void Console::note(std::string_view line) const {
    if (!options_.quiet) write_text(STDERR_FILENO, std::string(line) + "\n");
}

void Console::print(std::string_view line) const {
    if (!options_.json) write_text(STDOUT_FILENO, std::string(line) + "\n");
}

void Console::error(const Error& error) const {
    std::string text = paint(Tone::kBad, "error:") + " " + redact(error.message()) + "\n";
    if (!error.hint().empty()) text += paint(Tone::kFaint, "  hint:") + " " + redact(error.hint()) + "\n";
    write_text(STDERR_FILENO, text);
}

void Console::warning(std::string_view message) const {
    write_text(STDERR_FILENO, paint(Tone::kWarning, "warning:") + " " + redact(message) + "\n");
}

void Console::print_json(std::string_view document) const {
    if (options_.json) write_text(STDOUT_FILENO, std::string(document) + "\n");
}

std::string Console::paint(Tone tone, std::string_view text) const {
    if (!color_ || tone == Tone::kPlain) return std::string(text);
    return std::string(code_of(tone)) + std::string(text) + "\x1b[0m";
}

void Console::status_line(std::string_view text) const {
    write_text(STDERR_FILENO, "\r\x1b[K" + std::string(text));
}

}  // namespace cofre::cli
