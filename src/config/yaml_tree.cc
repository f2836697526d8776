#include "config/yaml_tree.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/utf8.h"
#include "config/yaml_text.h"

namespace cofre::config {
namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

Position to_position(const YAML::Mark& mark) {
    if (mark.line < 0 || mark.column < 0) return {};
    return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

struct TreeSize {
    std::size_t nodes = 0;
    std::size_t bytes = 0;
    std::size_t depth = 0;

    void add(const TreeSize& below) {
        nodes += below.nodes;
        bytes += below.bytes;
        depth = std::max(depth, below.depth + 1);
    }
};

TreeSize measure(const YamlNode& node) {
    TreeSize size{1, node.text.size(), 1};
    for (const auto& item : node.items)
        size.add(measure(item));
    for (const auto& entry : node.entries) {
        size.add(measure(entry.value));
        size.bytes += entry.key.size();
    }
    return size;
}

/// Builds the tree from the parser's events. After the first error it ignores
/// the rest: an exception is not ours to throw through the parser.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(std::string_view file) : file_(file) {}

    Result<YamlNode> take() {
        if (error_) return *std::move(error_);
        return std::move(root_);
    }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (error_) return;
        if (expects_key()) return fail(to_position(mark), "an entry without a key");
        YamlNode node;
        node.position = to_position(mark);
        attach(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (error_) return;
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) return fail(to_position(mark), "an alias inside the value that it stands for");
        if (expects_key()) return fail(to_position(mark), "an alias cannot be a key");
        const TreeSize size = measure(found->second);
        if (stack_.size() + size.depth > kMaxYamlDepth) return fail_bound(to_position(mark), "too deeply nested");
        if (!charge(to_position(mark), size)) return;
        attach(YamlNode(found->second), YAML::NullAnchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        if (error_ || !check_tag(mark, tag) || !charge(to_position(mark), {1, value.size(), 1})) return;
        if (expects_key()) {
            stack_.back().key = YamlEntry{value, to_position(mark), {}};
            return;
        }
        YamlNode node;
        node.kind = YamlNode::Kind::kScalar;
        node.position = to_position(mark);
        node.text = value;
        attach(std::move(node), anchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, anchor, YamlNode::Kind::kList);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, anchor, YamlNode::Kind::kMap);
    }
    void OnMapEnd() override {
        if (!error_) merge(stack_.back());
        close();
    }

private:
    struct Frame {
        YamlNode node;
        YAML::anchor_t anchor;
        std::optional<YamlEntry> key;                           ///< Of a map: waits for its value.
        std::map<std::string, std::size_t, std::less<>> lines;  ///< Of a map: its keys so far.
    };

    bool expects_key() const {
        return !stack_.empty() && stack_.back().node.kind == YamlNode::Kind::kMap && !stack_.back().key;
    }

    void fail(Position position, std::string_view cause) {
        if (!error_) error_ = error_at(file_, position, cause);
    }
    void fail_bound(Position position, std::string_view cause) {
        fail(position, cause);
        error_ = Error(ErrorCode::kResourceExhausted, error_->message());
    }

    bool charge(Position position, const TreeSize& size) {
        nodes_ += size.nodes;
        bytes_ += size.bytes;
        if (nodes_ <= kMaxYamlNodes && bytes_ <= kMaxYamlTextBytes) return true;
        fail_bound(position, "too many values, counting what aliases repeat");
        return false;
    }

    bool check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with(kTagPrefix)) return true;
        fail(to_position(mark), "tag " + escape_for_display(tag) + " means nothing here");
        return false;
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
        if (error_ || !check_tag(mark, tag) || !charge(to_position(mark), {1, 0, 1})) return;
        if (expects_key()) return fail(to_position(mark), "a key must be plain text");
        if (stack_.size() + 1 >= kMaxYamlDepth) return fail_bound(to_position(mark), "too deeply nested");
        Frame frame{{}, anchor, {}};
        frame.node.kind = kind;
        frame.node.position = to_position(mark);
        stack_.push_back(std::move(frame));
    }

    void close() {
        if (error_) return;
        Frame frame = std::move(stack_.back());
        stack_.pop_back();
        attach(std::move(frame.node), frame.anchor);
    }

    void attach(YamlNode node, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            if (!charge(node.position, measure(node))) return;
            anchors_.insert_or_assign(anchor, node);
        }
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& parent = stack_.back();
        if (parent.node.kind == YamlNode::Kind::kList) {
            parent.node.items.push_back(std::move(node));
            return;
        }
        YamlEntry entry = *std::exchange(parent.key, std::nullopt);
        entry.value = std::move(node);
        const auto [first, is_new] = parent.lines.try_emplace(entry.key, entry.position.line);
        if (!is_new) {
            return fail(entry.position, "key \"" + escape_for_display(entry.key) + "\" appears twice, first in line " +
                                            std::to_string(first->second));
        }
        parent.node.entries.push_back(std::move(entry));
    }

    /// `<<: *alias` or a list of them: their entries, where the map has none.
    void merge(Frame& frame) {
        if (frame.lines.count("<<") == 0) return;
        auto& entries = frame.node.entries;
        const auto is_merge = [](const YamlEntry& entry) { return entry.key == "<<"; };
        const auto found = std::find_if(entries.begin(), entries.end(), is_merge);
        const YamlEntry merged = std::move(*found);
        entries.erase(found);
        const bool is_list = merged.value.kind == YamlNode::Kind::kList;
        std::vector<const YamlNode*> sources;
        if (!is_list) sources.push_back(&merged.value);
        for (const auto& item : merged.value.items)
            sources.push_back(&item);
        for (const YamlNode* const source : sources) {
            if (source->kind != YamlNode::Kind::kMap)
                return fail(merged.position, "\"<<\" wants a map, or a list of maps");
            for (const auto& entry : source->entries) {
                if (frame.lines.try_emplace(entry.key, entry.position.line).second) entries.push_back(entry);
            }
        }
    }

    std::string_view file_;
    YamlNode root_;
    std::vector<Frame> stack_;
    std::map<YAML::anchor_t, YamlNode> anchors_;
    std::size_t nodes_ = 0;
    std::size_t bytes_ = 0;
    std::optional<Error> error_;
};

Error from_parser(const YAML::ParserException& thrown, std::string_view file) {
    Error error = error_at(file, to_position(thrown.mark), "not valid YAML: " + thrown.msg);
    // `[*.txt]` is the mistake that leads here.
    const bool is_alias = thrown.msg == YAML::ErrorMsg::ALIAS_NOT_FOUND ||
                          thrown.msg == YAML::ErrorMsg::CHAR_IN_ALIAS ||
                          thrown.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR);
    return is_alias ? std::move(error).with_hint("write text that begins with '*' in quotes, as \"*.txt\"") : error;
}

Result<YamlNode> run_parser(const std::string& text, std::string_view file) {
    TreeBuilder builder(file);
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        if (!parser.HandleNextDocument(builder)) return YamlNode{};
        TreeBuilder rest(file);
        if (parser.HandleNextDocument(rest)) {
            return Error(ErrorCode::kInvalidArgument, std::string(file) + ": more than one YAML document");
        }
    } catch (const YAML::DeepRecursion& thrown) {
        return error_at(file, to_position(thrown.mark), "too deeply nested");
    } catch (const YAML::ParserException& thrown) {
        return from_parser(thrown, file);
    } catch (const std::exception& thrown) {
        return Error(ErrorCode::kInvalidArgument, std::string(file) + ": not valid YAML: " + thrown.what());
    }
    return builder.take();
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &found->value;
}

Error error_at(std::string_view file, Position position, std::string_view cause) {
    std::string message(file);
    if (position.line != 0) message += ":" + std::to_string(position.line);
    if (position.line != 0 && position.column != 0) message += ":" + std::to_string(position.column);
    return Error(ErrorCode::kInvalidArgument, message + ": " + std::string(cause));
}

Result<YamlNode> parse_yaml(std::string_view text, std::string_view file) {
    if (text.size() > kMaxYamlBytes) {
        return Error(ErrorCode::kResourceExhausted, std::string(file) + ": longer than 1 MiB");
    }
    COFRE_ASSIGN(const auto plain, plain_yaml_text(text, file));
    return run_parser(plain, file);
}

}  // namespace cofre::config
