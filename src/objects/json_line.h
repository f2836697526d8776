#pragma once

/// @file
/// Writing one JSON object on one line.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cofre::objects {

/// Appends `text`, which must be UTF-8, as a JSON string with its quotes. Only
/// what RFC 8259 section 7 demands is escaped: '"', '\' and control characters
/// below U+0020.
void append_json_string(std::string& out, std::string_view text);

/// Appends the members of an object in the order of the calls. Names must need
/// no escape. Not thread-safe; `out` must outlive it.
class JsonLine {
public:
    explicit JsonLine(std::string& out) : out_(out) { out_ += '{'; }

    /// Any bytes. What is not UTF-8 is written for display, and a second
    /// member, `name` + "_base64", holds the bytes.
    void text(std::string_view name, std::string_view bytes);
    /// As text(), but left out if empty.
    void optional_text(std::string_view name, std::string_view bytes);
    /// An array of texts; if any of them is not UTF-8, `name` + "_base64" is an
    /// array of the bytes of all of them.
    void texts(std::string_view name, const std::vector<std::string>& list);
    void number(std::string_view name, std::uint64_t value);
    void time(std::string_view name, std::int64_t nanoseconds);
    /// The only value is true: false is absence.
    void flag(std::string_view name);

    /// What follows belongs to an object inside, up to end_object().
    void begin_object(std::string_view name);
    void end_object();
    /// "name":[ and nothing more: the array continues on the lines below.
    void open_array(std::string_view name);
    /// Closes the whole.
    void finish() { out_ += '}'; }

private:
    void member(std::string_view name, std::string_view suffix = {});

    std::string& out_;
};

}  // namespace cofre::objects
