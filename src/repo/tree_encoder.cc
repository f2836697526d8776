#include "base/utf8.h"
#include "repo/tree.h"

namespace cofre::repo {
namespace {

constexpr std::string_view kTreeStart = "{\"nodes\":[";
constexpr std::string_view kTreeEnd = "]}\n";

}  // namespace

TreeEncoder::TreeEncoder() : text_(kTreeStart) {}

Status TreeEncoder::add(const Node& node) {
    if (!is_empty_ && node.name <= last_name_) {
        return Error(ErrorCode::kInvalidArgument, "add \"" + escape_for_display(node.name) + "\" to a tree: after \"" +
                                                      escape_for_display(last_name_) + "\"");
    }
    if (!is_empty_) text_ += ',';
    append_node(text_, node);
    last_name_ = node.name;
    is_empty_ = false;
    return {};
}

std::string TreeEncoder::finish() {
    text_ += kTreeEnd;
    std::string text = std::move(text_);
    *this = TreeEncoder();
    return text;
}

}  // namespace cofre::repo
