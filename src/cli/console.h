#pragma once

/// @file
/// What a person or a script sees: people on stderr, JSON on stdout.

#include <string>
#include <string_view>

#include "base/error.h"

namespace cofre::cli {

struct OutputOptions {
    bool json = false;   ///< Only JSON on stdout, nothing else there.
    bool quiet = false;  ///< No progress and no summaries; errors stay.
    int verbosity = 0;
    bool no_color = false;  ///< Also by NO_COLOR (https://no-color.org).
};

enum class Tone { kPlain, kGood, kWarning, kBad, kFaint, kHeading };

/// Thread-safe by being immutable; one write(2) for each line.
class Console {
public:
    explicit Console(const OutputOptions& options);

    const OutputOptions& options() const { return options_; }
    bool json() const { return options_.json; }
    /// Someone watches stderr.
    bool is_terminal() const { return terminal_; }
    int width() const;

    /// For people, on stderr; nothing with --quiet.
    void note(std::string_view line) const;
    /// The result that was asked for, such as a listing, on stdout.
    void print(std::string_view line) const;
    /// `error: message` and `  hint: advice`, redacted; also with --quiet.
    void error(const Error& error) const;
    void warning(std::string_view message) const;
    /// One JSON document or one line of a stream, on stdout.
    void print_json(std::string_view document) const;

    /// `text` in a colour, if stderr is a terminal that wants colours.
    std::string paint(Tone tone, std::string_view text) const;

    /// Replaces the last line of the terminal; no newline. Empty clears it.
    void status_line(std::string_view text) const;

private:
    OutputOptions options_;
    bool terminal_;
    bool color_;
};

}  // namespace cofre::cli
