#include "net/request_head.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace cofre::net {

namespace {

constexpr std::array<std::string_view, 7> kKnownMethods = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

bool is_ascii_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_ascii_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return ascii_lower(a) == b; });
}

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// A host and perhaps a port, as in a Host field. No user, no path, no list.
bool is_host_text(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_ascii_digit(c) || is_ascii_alpha(c) || std::string_view("-._~:[]").find(c) != std::string_view::npos;
    });
}

bool is_field_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

/// Reads one head, line by line. Every function gives what is wrong, if something is.
class HeadReader {
public:
    explicit HeadReader(const HeadLimits& limits) : limits_(limits) {}

    std::variant<HeadSummary, Refusal> read(std::string_view block) {
        bool is_request_line = true;
        while (!block.empty()) {
            const std::size_t end = block.find("\r\n");
            if (end == std::string_view::npos) return Refusal{400, "unfinished-head"};
            const std::string_view line = block.substr(0, end);
            block.remove_prefix(end + 2);
            if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
                return Refusal{400, "control-character"};
            }
            if (line.empty()) {
                if (is_request_line || !block.empty()) return Refusal{400, "unfinished-head"};
                break;
            }
            const auto refusal = is_request_line ? read_request_line(line) : read_field(line);
            if (refusal) return *refusal;
            is_request_line = false;
        }
        if (const auto refusal = conclude()) return *refusal;
        return summary_;
    }

private:
    using MaybeRefusal = std::optional<Refusal>;

    MaybeRefusal read_request_line(std::string_view line) {
        const std::size_t first = line.find(' ');
        const std::size_t last = line.rfind(' ');
        if (first == std::string_view::npos || first == last) return Refusal{400, "request-line"};
        summary_.method = line.substr(0, first);
        summary_.target = line.substr(first + 1, last - first - 1);
        if (!is_http_token(summary_.method)) return Refusal{400, "method"};
        if (summary_.target.size() > limits_.max_target) return Refusal{414, "target-too-long"};
        if (const auto refusal = read_version(line.substr(last + 1))) return refusal;
        if (std::find(kKnownMethods.begin(), kKnownMethods.end(), summary_.method) == kKnownMethods.end()) {
            return Refusal{501, "method-unknown"};
        }
        return read_target();
    }

    MaybeRefusal read_version(std::string_view text) {
        const bool is_version = text.size() == 8 && text.substr(0, 5) == "HTTP/" && is_ascii_digit(text[5]) &&
                                text[6] == '.' && is_ascii_digit(text[7]);
        if (!is_version) return Refusal{400, "version"};
        if (text[5] != '1' || text[7] > '1') return Refusal{505, "version-unsupported"};
        summary_.minor_version = text[7] - '0';
        summary_.keep_alive = summary_.minor_version == 1;
        return {};
    }

    MaybeRefusal read_target() {
        const std::string_view target = summary_.target;
        const bool is_visible =
            std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
        if (target.empty() || !is_visible) return Refusal{400, "target"};
        summary_.origin_form = target;
        if (target.front() == '/') return {};
        if (target == "*" && summary_.method == "OPTIONS") return {};
        const std::size_t colon = target.find("://");
        if (colon == std::string_view::npos) return Refusal{400, "target"};
        const std::string_view scheme = target.substr(0, colon);
        if (!same_word(scheme, "http") && !same_word(scheme, "https")) return Refusal{400, "target"};
        const std::string_view rest = target.substr(colon + 3);
        const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
        target_host_ = rest.substr(0, path);
        summary_.origin_form = rest.substr(path);
        if (summary_.origin_form.empty()) summary_.origin_form = "/";
        // "http://host?query" would need a slash that is not there.
        if (summary_.origin_form.front() != '/' || !is_host_text(target_host_)) return Refusal{400, "target"};
        return {};
    }

    MaybeRefusal read_field(std::string_view line) {
        if (line.front() == ' ' || line.front() == '\t') return Refusal{400, "folded-field"};
        if (++fields_ > limits_.max_fields) return Refusal{431, "too-many-fields"};
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return Refusal{400, "field-without-colon"};
        const std::string_view name = line.substr(0, colon);
        if (!name.empty() && (name.back() == ' ' || name.back() == '\t')) return Refusal{400, "space-before-colon"};
        if (!is_http_token(name)) return Refusal{400, "field-name"};
        const std::string_view value = trim_blanks(line.substr(colon + 1));
        if (!is_field_text(value)) return Refusal{400, "control-character"};
        if (same_word(name, "host")) return read_host(value);
        if (same_word(name, "content-length")) return read_length(value);
        if (same_word(name, "transfer-encoding")) return read_coding(value);
        if (same_word(name, "connection")) return read_connection(value);
        if (same_word(name, "expect")) return read_expect(value);
        return {};
    }

    MaybeRefusal read_host(std::string_view value) {
        if (has_host_) return Refusal{400, "host-repeated"};
        has_host_ = true;
        if (!is_host_text(value)) return Refusal{400, "host"};
        summary_.host = value;
        return {};
    }

    /// Repeated, even if equal: nobody sends that but to confuse.
    MaybeRefusal read_length(std::string_view value) {
        if (has_length_) return Refusal{400, "content-length-repeated"};
        has_length_ = true;
        if (value.empty() || !std::all_of(value.begin(), value.end(), is_ascii_digit)) {
            return Refusal{400, "content-length"};
        }
        if (value.size() > 18) return Refusal{413, "content-length-too-large"};
        std::uint64_t length = 0;
        for (const char c : value)
            length = length * 10 + static_cast<std::uint64_t>(c - '0');
        summary_.content_length = length;
        return {};
    }

    MaybeRefusal read_coding(std::string_view value) {
        if (has_coding_) return Refusal{400, "transfer-encoding-repeated"};
        has_coding_ = true;
        if (value.empty()) return Refusal{400, "transfer-encoding"};
        if (!same_word(value, "chunked")) return Refusal{501, "transfer-coding-unknown"};
        return {};
    }

    MaybeRefusal read_connection(std::string_view value) {
        while (!value.empty()) {
            const std::size_t comma = std::min(value.find(','), value.size());
            const std::string_view option = trim_blanks(value.substr(0, comma));
            value.remove_prefix(std::min(comma + 1, value.size()));
            if (option.empty()) continue;
            if (!is_http_token(option)) return Refusal{400, "connection"};
            if (same_word(option, "close")) says_close_ = true;
            if (same_word(option, "keep-alive")) says_keep_alive_ = true;
        }
        return {};
    }

    MaybeRefusal read_expect(std::string_view value) {
        if (!same_word(value, "100-continue")) return Refusal{417, "expectation"};
        summary_.expects_continue = true;
        return {};
    }

    MaybeRefusal conclude() {
        const bool is_1_1 = summary_.minor_version == 1;
        if (has_coding_ && has_length_) return Refusal{400, "transfer-encoding-and-content-length"};
        if (has_coding_ && !is_1_1) return Refusal{400, "transfer-encoding-in-http-1.0"};
        if (!has_host_ && is_1_1) return Refusal{400, "host-missing"};
        if (!target_host_.empty() && has_host_ && !hosts_agree()) return Refusal{400, "host-differs-from-target"};
        if (has_coding_) summary_.framing = BodyFraming::kChunked;
        if (has_length_ && summary_.content_length > 0) summary_.framing = BodyFraming::kLength;
        if (says_keep_alive_) summary_.keep_alive = true;
        if (says_close_) summary_.keep_alive = false;
        // RFC 9110 section 10.1.1: an HTTP/1.0 client cannot expect anything.
        summary_.expects_continue = summary_.expects_continue && is_1_1 && summary_.framing != BodyFraming::kNone;
        return {};
    }

    bool hosts_agree() const {
        return std::equal(target_host_.begin(), target_host_.end(), summary_.host.begin(), summary_.host.end(),
                          [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
    }

    const HeadLimits& limits_;
    HeadSummary summary_;
    std::string_view target_host_;  // Of an absolute-form target.
    std::size_t fields_ = 0;
    bool has_host_ = false;
    bool has_length_ = false;
    bool has_coding_ = false;
    bool says_close_ = false;
    bool says_keep_alive_ = false;
};

}  // namespace

bool is_http_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_ascii_digit(c) || is_ascii_alpha(c) ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

std::variant<HeadSummary, Refusal> check_request_head(std::string_view block, const HeadLimits& limits) {
    return HeadReader(limits).read(block);
}

std::variant<HeadScanner::NeedMore, std::size_t, Refusal> HeadScanner::scan(std::string_view input) {
    const std::size_t limit = std::min(input.size(), limits_.max_bytes);
    for (; seen_ < limit; ++seen_) {
        const char c = input[seen_];
        const bool after_return = seen_ > 0 && input[seen_ - 1] == '\r';
        if (c == '\0') return Refusal{400, "control-character"};
        if (after_return != (c == '\n')) return Refusal{400, after_return ? "bare-carriage-return" : "bare-line-feed"};
        if (c != '\n') continue;
        const bool is_empty_line = seen_ - line_start_ == 1;
        line_start_ = seen_ + 1;
        in_first_line_ = false;
        if (is_empty_line) return seen_ + 1;
    }
    if (in_first_line_ && seen_ - line_start_ > limits_.max_target + 64) return Refusal{414, "target-too-long"};
    if (input.size() >= limits_.max_bytes) return Refusal{431, "head-too-large"};
    return NeedMore{};
}

}  // namespace cofre::net
