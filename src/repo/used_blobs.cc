#include "repo/used_blobs.h"

#include <algorithm>
#include <utility>

#include "base/parallel.h"
#include "base/utf8.h"
#include "repo/tree.h"

namespace cofre::repo {
namespace {

// Enough for neighbours in a pack to be read together, few enough to hold.
constexpr std::size_t kTreesOfWave = 4096;

/// Not a failure of the store: says something of what is stored.
bool is_stored_damage(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kNotFound ||
           error.code() == ErrorCode::kResourceExhausted;
}

/// What a tree refers to.
struct Reference {
    BlobType type = BlobType::kData;
    Id id;
    std::string name;
};

class Marker {
public:
    Marker(Repository& repository, BlobMarks& marks, const MarkOptions& options)
        : repository_(repository), options_(options), state_(State{&marks, {}, 0}) {}

    Status run(const CallContext& ctx, std::span<const Id> roots) {
        for (const auto& root : roots) {
            const Reference reference{BlobType::kTree, root, {}};
            COFRE_TRY(note({}, std::span(&reference, 1)));
        }
        for (;;) {
            auto wave = state_.with([](State& state) {
                const auto count = std::min(kTreesOfWave, state.waiting.size());
                std::vector<std::uint32_t> out(state.waiting.end() - static_cast<std::ptrdiff_t>(count),
                                               state.waiting.end());
                state.waiting.resize(state.waiting.size() - count);
                return out;
            });
            if (wave.empty()) return {};
            COFRE_TRY(read_wave(ctx, wave));
        }
    }

private:
    struct State {
        BlobMarks* marks;
        std::vector<std::uint32_t> waiting;  // Marked trees that have not been read. Last in, first out.
        std::uint64_t trees_done;
    };

    Status read_wave(const CallContext& ctx, std::span<const std::uint32_t> wave) {
        std::vector<BlobPlace> places;
        std::vector<std::pair<Id, std::vector<PackedBlob>>> packs;
        repository_.with_index([&](const BlobIndex& index) {
            for (const auto ordinal : wave)
                places.push_back(index.at(ordinal));
            std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) {
                return std::pair(a.pack, a.blob.offset) < std::pair(b.pack, b.blob.offset);
            });
            for (std::size_t i = 0; i < places.size(); ++i) {
                if (i == 0 || places[i].pack != places[i - 1].pack)
                    packs.emplace_back(index.pack_id(places[i].pack), std::vector<PackedBlob>());
                packs.back().second.push_back(places[i].blob);
            }
        });
        const int threads = repository_.options().connections;
        return parallel_for(ctx, packs.size(), threads, [&](const CallContext& inner, std::size_t i) {
            return read_trees(inner, packs[i].first, packs[i].second);
        });
    }

    Status read_trees(const CallContext& ctx, const Id& pack, std::span<const PackedBlob> trees) {
        TreeDecoder decoder;
        const auto visit = [&](const PackedBlob& blob, Result<std::span<const std::byte>> plain) -> Status {
            if (!plain) return fail({BlobType::kTree, blob.id, {}, {}, std::move(plain).error()});
            return read_tree(decoder, blob.id, {reinterpret_cast<const char*>(plain->data()), plain->size()});
        };
        if (repository_.cache() == nullptr) return repository_.load_blobs(ctx, pack, trees, visit);
        for (const auto& tree : trees) {  // The cache fetches the pack as a whole.
            auto plain = repository_.load_blob(ctx, BlobType::kTree, tree.id);
            if (plain) {
                COFRE_TRY(visit(tree, std::span<const std::byte>(plain->bytes())));
            } else {
                COFRE_TRY(visit(tree, std::move(plain).error()));
            }
        }
        return {};
    }

    Status read_tree(TreeDecoder& decoder, const Id& tree, std::string_view text) {
        std::vector<Reference> references;
        auto decoded = decoder.decode(text, [&](Node& node) -> Status {
            if (node.type == NodeType::kDirectory && !node.subtree) return missing_part(tree, node, "subtree");
            if (node.type == NodeType::kFile && !node.content) return missing_part(tree, node, "list of content");
            if (node.subtree) references.push_back({BlobType::kTree, *node.subtree, node.name});
            if (node.content) {
                for (const auto& id : *node.content)
                    references.push_back({BlobType::kData, id, node.name});
            }
            return {};
        });
        // What was decoded before a fault is needed all the same.
        COFRE_TRY(note(tree, references));
        if (!decoded) COFRE_TRY(fail({BlobType::kTree, tree, {}, {}, std::move(decoded).error()}));
        if (!options_.on_step) return {};
        const auto done = state_.with([](State& state) { return ++state.trees_done; });
        options_.on_step({.step = "find used blobs", .done = done});
        return {};
    }

    Status missing_part(const Id& tree, const Node& node, std::string_view part) {
        return fail(
            {BlobType::kTree, tree, tree, node.name,
             Error(ErrorCode::kCorruption, "tree " + tree.short_hex() + ": entry \"" + escape_for_display(node.name) +
                                               "\" has no " + std::string(part))});
    }

    /// Marks, and queues the trees that were not marked before.
    Status note(const Id& tree, std::span<const Reference> references) {
        std::vector<std::optional<std::uint32_t>> ordinals;
        ordinals.reserve(references.size());
        repository_.with_index([&](const BlobIndex& index) {
            for (const auto& reference : references)
                ordinals.push_back(index.ordinal(reference.type, reference.id));
        });
        state_.with([&](State& state) {
            for (std::size_t i = 0; i < references.size(); ++i) {
                if (!ordinals[i] || !state.marks->set(*ordinals[i])) continue;
                if (references[i].type == BlobType::kTree) state.waiting.push_back(*ordinals[i]);
                if (options_.on_new) options_.on_new(*ordinals[i]);
            }
        });
        for (std::size_t i = 0; i < references.size(); ++i) {
            if (!ordinals[i]) COFRE_TRY(fail(not_in_index(tree, references[i])));
        }
        return {};
    }

    static MarkProblem not_in_index(const Id& tree, const Reference& missing) {
        std::string place;
        if (!missing.name.empty())
            place = "tree " + tree.short_hex() + ": \"" + escape_for_display(missing.name) + "\": ";
        Error error(ErrorCode::kNotFound, place + std::string(to_string(missing.type)) + " blob " + missing.id.hex() +
                                              " is not in the index");
        return {missing.type, missing.id, tree, missing.name, std::move(error)};
    }

    Status fail(MarkProblem problem) {
        if (!is_stored_damage(problem.error) || !options_.on_problem) return std::move(problem.error);
        return problems_.with([&](int&) { return options_.on_problem(problem); });
    }

    Repository& repository_;
    const MarkOptions& options_;
    Guarded<State> state_;
    Guarded<int> problems_;  // One at a time.
};

}  // namespace

Status mark_used_blobs(const CallContext& ctx, Repository& repository, std::span<const Id> roots, BlobMarks& marks,
                       const MarkOptions& options) {
    return Marker(repository, marks, options).run(ctx, roots);
}

}  // namespace cofre::repo
