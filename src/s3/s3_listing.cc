#include "s3/s3_listing.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

constexpr int kPageKeys = 1000;

// Brent's method: any cycle of tokens is noticed in constant memory, because
// the token kept for comparison is renewed at each power of two.
class CycleDetector {
public:
    bool repeats(const std::string& token) {
        if (token == kept_) return true;
        if (++steps_ == limit_) {
            kept_ = token;
            limit_ *= 2;
            steps_ = 0;
        }
        return false;
    }

private:
    std::string kept_;
    std::uint64_t steps_ = 0;
    std::uint64_t limit_ = 1;
};

class Listing {
public:
    Listing(S3Client& client, const store::ListOptions& options, const store::ObjectStore::Visitor& visit)
        : client_(client), options_(options), visit_(visit), last_key_(options.start_after) {}

    Status run(const CallContext& ctx) {
        ListCursor cursor{.token = {}, .start_after = options_.start_after};
        for (;;) {
            COFRE_ASSIGN(auto page, fetch(ctx, cursor));
            COFRE_TRY(check(page, cursor));
            COFRE_TRY(visit_page(page));
            if (!page.is_truncated) return {};
            COFRE_TRY(advance(page, cursor));
        }
    }

private:
    Error broken(std::string_view what) const {
        return Error(ErrorCode::kCorruption, "list \"" + escape_for_display(options_.prefix) + "\" in bucket \"" +
                                                 client_.endpoint()->bucket() + "\": " + std::string(what))
            .with_hint("the store's listing cannot be relied on; try again, or ask its operator");
    }

    Error broken(std::string_view what, std::string_view key) const {
        return broken(std::string(what) + ": \"" + escape_for_display(key) + "\"");
    }

    Result<ListPage> fetch(const CallContext& ctx, const ListCursor& cursor) {
        auto outcome =
            client_.send(ctx, list_objects(profile_, options_.prefix, options_.delimiter, cursor, kPageKeys));
        if (outcome.error) return *std::move(outcome.error);
        auto page = parse_list_page(outcome.response.body);
        if (page) return page;
        const ErrorCode code = page.error().code();
        return Error(code, broken(page.error().message()).message());
    }

    Status check(ListPage& page, const ListCursor& cursor) const {
        const std::uint64_t entries = page.objects.size() + page.common_prefixes.size();
        if (page.key_count && *page.key_count != entries) {
            return broken("a page claims " + std::to_string(*page.key_count) + " keys and holds " +
                          std::to_string(entries));
        }
        if (page.token && !cursor.token.empty() && *page.token != cursor.token) {
            return broken("the answer is another page than the one asked for");
        }
        const auto by_key = [](const store::ObjectInfo& a, const store::ObjectInfo& b) { return a.key < b.key; };
        std::sort(page.objects.begin(), page.objects.end(), by_key);
        std::sort(page.common_prefixes.begin(), page.common_prefixes.end());
        return {};
    }

    // Objects and folded prefixes come in two lists; they are visited in one order.
    Status visit_page(const ListPage& page) {
        auto object = page.objects.begin();
        auto prefix = page.common_prefixes.begin();
        while (object != page.objects.end() || prefix != page.common_prefixes.end()) {
            const bool object_first =
                prefix == page.common_prefixes.end() || (object != page.objects.end() && object->key.str() < *prefix);
            COFRE_TRY(object_first ? visit_object(*object++) : visit_prefix(*prefix++));
        }
        return {};
    }

    Status visit_object(const store::ObjectInfo& object) {
        const std::string& key = object.key.str();
        if (!key.starts_with(options_.prefix)) return broken("a key outside the prefix", key);
        if (key <= last_key_) return broken("keys are not in ascending order", key);
        last_key_ = key;
        return visit_(object);
    }

    Status visit_prefix(const std::string& prefix) {
        if (!prefix.starts_with(options_.prefix)) return broken("a common prefix outside the prefix", prefix);
        if (prefix < last_prefix_) return broken("common prefixes are not in ascending order", prefix);
        if (prefix == last_prefix_) return {};  // It began on the page before.
        last_prefix_ = prefix;
        return options_.on_common_prefix ? options_.on_common_prefix(prefix) : Status();
    }

    Status advance(const ListPage& page, ListCursor& cursor) {
        if (profile_.list_version == 2) {
            if (page.next_token.empty()) return broken("a page is not the last one but names no next one");
            cursor.token = page.next_token;
        } else {
            // Version 1 names the next marker only if there is a delimiter.
            std::string marker = page.next_marker;
            if (marker.empty()) marker = std::max(last_key_, last_prefix_);
            if (marker <= cursor.start_after) return broken("a page is not the last one but leads no further");
            cursor.start_after = std::move(marker);
        }
        if (cycle_.repeats(profile_.list_version == 2 ? cursor.token : cursor.start_after)) {
            return broken("the same page is named as the next one again");
        }
        return {};
    }

    S3Client& client_;
    // One row for the whole listing: its cursor has the meaning of its version.
    const ProviderProfile profile_ = client_.profile();
    const store::ListOptions& options_;
    const store::ObjectStore::Visitor& visit_;
    std::string last_key_;
    std::string last_prefix_;
    CycleDetector cycle_;
};

}  // namespace

Status list_all(S3Client& client, const CallContext& ctx, const store::ListOptions& options,
                const store::ObjectStore::Visitor& visit) {
    return Listing(client, options, visit).run(ctx);
}

Result<std::vector<PendingUpload>> list_uploads(S3Client& client, const CallContext& ctx, std::string_view prefix) {
    std::vector<PendingUpload> found;
    std::string key_marker;
    std::string id_marker;
    CycleDetector cycle;
    for (;;) {
        auto outcome = client.send(ctx, list_multipart_uploads(prefix, key_marker, id_marker));
        if (outcome.error) return *std::move(outcome.error);
        COFRE_ASSIGN(auto page, parse_upload_page(outcome.response.body));
        for (auto& upload : page.uploads) {
            if (!upload.key.starts_with(prefix))
                return Error(ErrorCode::kCorruption, "list multipart uploads: a key outside the prefix");
            COFRE_ASSIGN(auto key, store::ObjectKey::parse(upload.key));
            found.push_back({std::move(key), std::move(upload.upload_id), upload.initiated});
        }
        if (!page.is_truncated) return found;
        key_marker = std::move(page.next_key_marker);
        id_marker = std::move(page.next_upload_id_marker);
        std::string marker = key_marker;
        marker.append(1, '\0').append(id_marker);
        if (key_marker.empty() || cycle.repeats(marker)) {
            return Error(ErrorCode::kCorruption,
                         "list multipart uploads: a page is not the last one but leads no further");
        }
    }
}

}  // namespace cofre::s3
