#include "aws/shell_words.h"

#include <utility>

namespace cofre::aws {
namespace {

bool is_separator(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class WordSplitter {
public:
    void take(char c) {
        if (is_escaped_) {
            take_escaped(c);
        } else if (quote_ == '\0' && is_separator(c)) {
            end_word();
        } else {
            take_plain(c);
        }
    }

    std::optional<std::vector<std::string>> finish() && {
        if (is_escaped_ || quote_ != '\0') return std::nullopt;
        end_word();
        return std::move(words_);
    }

private:
    void take_plain(char c) {
        if (!word_) word_.emplace();
        if (c == '\\' && quote_ != '\'') {
            is_escaped_ = true;
        } else if (quote_ == '\0' && (c == '"' || c == '\'')) {
            quote_ = c;
        } else if (quote_ != '\0' && c == quote_) {
            quote_ = '\0';
        } else {
            *word_ += c;
        }
    }

    void take_escaped(char c) {
        is_escaped_ = false;
        if (quote_ == '"' && c != '"' && c != '\\') *word_ += '\\';
        *word_ += c;
    }

    void end_word() {
        if (word_) words_.push_back(*std::exchange(word_, std::nullopt));
    }

    std::vector<std::string> words_;
    std::optional<std::string> word_;  // None between words; empty after "".
    char quote_ = '\0';
    bool is_escaped_ = false;
};

}  // namespace

std::optional<std::vector<std::string>> split_shell_words(std::string_view text) {
    WordSplitter splitter;
    for (const char c : text)
        splitter.take(c);
    return std::move(splitter).finish();
}

}  // namespace cofre::aws
