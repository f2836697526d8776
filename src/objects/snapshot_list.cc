#include <algorithm>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/utf8.h"
#include "objects/manifest_layout.h"
#include "objects/object_naming.h"

namespace cofre::objects {
namespace {

constexpr std::size_t kMinReferenceDigits = 4;
constexpr std::size_t kListedInHint = 8;
constexpr std::uint64_t kFirstReadBytes = std::uint64_t{64} << 10U;

std::string describe(const SnapshotRef& snapshot) {
    return fmt::format("{} ({}, {})", snapshot.id.substr(0, 8), snapshot.job, format_rfc3339(snapshot.time));
}

// The newest few.
std::string describe(const std::vector<SnapshotRef>& snapshots) {
    std::string text;
    for (std::size_t i = 0; i < std::min(snapshots.size(), kListedInHint); ++i) {
        if (i != 0) text += ", ";
        text += describe(snapshots[snapshots.size() - 1 - i]);
    }
    if (snapshots.size() > kListedInHint) text += fmt::format(" and {} older", snapshots.size() - kListedInHint);
    return text;
}

Error not_found(std::string_view reference, std::string_view job, const std::vector<SnapshotRef>& all) {
    const std::string of_job = job.empty() ? std::string() : " of job \"" + escape_for_display(job) + "\"";
    return Error(ErrorCode::kNotFound, "find snapshot \"" + escape_for_display(reference) + "\"" + of_job + ": none")
        .with_hint(all.empty() ? "there is no backup below this prefix yet" : "there is " + describe(all));
}

}  // namespace

Result<std::vector<SnapshotRef>> list_snapshots(store::ObjectStore& store, const CallContext& ctx,
                                                std::string_view prefix) {
    std::vector<SnapshotRef> snapshots;
    const store::ListOptions options{.prefix = std::string(prefix) + std::string(kReservedFolder)};
    auto status = store.list(ctx, options, [&](const store::ObjectInfo& info) {
        if (auto snapshot = parse_manifest_key(prefix, info)) snapshots.push_back(*std::move(snapshot));
        return Status();
    });
    if (!status) return std::move(status).error().context("list snapshots");
    std::stable_sort(snapshots.begin(), snapshots.end(),
                     [](const SnapshotRef& a, const SnapshotRef& b) { return a.time < b.time; });
    return snapshots;
}

Result<SnapshotRef> find_snapshot(store::ObjectStore& store, const CallContext& ctx, std::string_view prefix,
                                  std::string_view reference, std::string_view job) {
    const bool is_latest = reference == "latest";
    const bool is_id = reference.size() >= kMinReferenceDigits && reference.size() <= 16 &&
                       reference.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_latest && !is_id) {
        return Error(ErrorCode::kInvalidArgument,
                     "find snapshot \"" + escape_for_display(reference) + "\": neither \"latest\" nor an id")
            .with_hint("give at least 4 of the digits 0-9a-f that the id begins with");
    }
    COFRE_ASSIGN(const auto all, list_snapshots(store, ctx, prefix));
    std::vector<SnapshotRef> matches;
    std::copy_if(all.begin(), all.end(), std::back_inserter(matches), [&](const SnapshotRef& snapshot) {
        return (job.empty() || snapshot.job == job_in_key(job)) && (is_latest || snapshot.id.starts_with(reference));
    });
    if (matches.empty()) return not_found(reference, job, all);
    if (matches.size() > 1 && !is_latest) {
        return Error(ErrorCode::kInvalidArgument, "find snapshot \"" + std::string(reference) + "\": ambiguous")
            .with_hint("give more digits; it could be " + describe(matches));
    }
    return matches.back();
}

Result<ManifestHeader> read_header(store::ObjectStore& store, const CallContext& ctx, const store::ObjectKey& key) {
    COFRE_ASSIGN(const auto head, store.head(ctx, key));
    std::string text;
    std::uint64_t wanted = std::min(head.size, kFirstReadBytes);
    while (text.find('\n') == std::string::npos) {
        if (text.size() >= kMaxHeaderBytes || text.size() == head.size) {
            return Error(ErrorCode::kCorruption, "read manifest " + key.str() + ": it has no header");
        }
        wanted = std::min(head.size, std::max<std::uint64_t>(wanted, 2 * text.size()));
        const store::ByteRange range{.offset = text.size(), .length = wanted - text.size()};
        auto part = store.get(ctx, key, range, [&](std::span<const std::byte> bytes) {
            text += to_text(bytes);
            return Status();
        });
        if (!part) return std::move(part).error().context("read manifest " + key.str());
    }
    auto header = decode_header(std::string_view(text).substr(0, text.find('\n')));
    if (!header) return std::move(header).error().context("manifest " + key.str());
    return header;
}

}  // namespace cofre::objects
