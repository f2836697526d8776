#pragma once

/// @file
/// Private to s3: what the checks of a probe share.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/s3_client.h"

namespace cofre::s3 {

/// A scratch prefix in a bucket, raw requests to it, and a list of all that
/// was made there. Not thread-safe, but for send().
class ProbeSession {
public:
    /// No I/O. kInvalidArgument: the options contradict each other.
    static Result<std::unique_ptr<ProbeSession>> create(const CallContext& ctx, S3Options store,
                                                        std::unique_ptr<aws::CredentialProvider> signer,
                                                        std::string_view prefix, Clock& clock);

    const CallContext& ctx() const { return ctx_; }
    Clock& clock() const { return clock_; }
    const std::string& bucket() const { return store_.bucket; }
    /// What the target's own keys begin with; the scratch prefix lies below it.
    const std::string& target_prefix() const { return target_prefix_; }
    const std::string& scratch() const { return scratch_; }
    std::string key(std::string_view name) const { return scratch_ + std::string(name); }

    S3Client& client() { return *clients_.at(style_); }
    /// nullptr: the bucket cannot be addressed like that; the reason is in `why`.
    S3Client* client_for(AddressingStyle style, std::string& why);
    void choose(AddressingStyle style) { style_ = style; }

    /// With the chosen style of addressing; learns the store's clock.
    S3Outcome send(const S3Request& request);

    S3Outcome put(const std::string& key, std::string_view body, net::HttpHeaders headers = {});
    S3Outcome get(const std::string& key, net::HttpHeaders headers = {});
    S3Outcome head(const std::string& key, net::HttpHeaders headers = {});
    S3Outcome remove(const std::string& key);
    /// A request on the bucket ("" as key) or on an object that asks for one of
    /// its sub-resources: {"versioning", ""}.
    S3Outcome ask(const std::string& key, net::QueryParameters query, net::HttpHeaders headers = {},
                  std::size_t max_reply = 65'536);
    /// Without signing: for presigned URLs.
    Result<net::HttpResponse> send_bare(const net::HttpRequest& request);

    /// The id of a new upload, remembered until it ends.
    Result<std::string> begin_upload(const std::string& key, S3Outcome& outcome);
    S3Outcome put_part(const std::string& key, const std::string& upload_id, int number, std::string_view body);
    S3Outcome complete(const std::string& key, const std::string& upload_id, std::span<const UploadedPart> parts);
    S3Outcome abort(const std::string& key, const std::string& upload_id);

    /// Something may lie under this key: it is removed at the end.
    void remember(const std::string& key, const net::HttpResponse& response = {});

    /// Removes all that was made, in every version it got. What is left, with reasons.
    std::vector<std::string> clean_up(const CallContext& ctx);

    std::optional<std::chrono::milliseconds> clock_offset() const { return clock_offset_; }

    ProviderProfile measured;
    /// Why not even a small object could be stored, in whatever style.
    std::optional<Error> hopeless;

private:
    ProbeSession(const CallContext& ctx, S3Options store, Clock& clock)
        : ctx_(ctx), clock_(clock), store_(std::move(store)) {}
    S3Outcome send_with(const CallContext& ctx, const S3Request& request);
    std::optional<std::string> remove_leftover(const CallContext& ctx, const std::string& key,
                                               const std::string& version);
    void find_lost_uploads(const CallContext& ctx);
    std::optional<std::string> abort_leftover(const CallContext& ctx, const std::string& key,
                                              const std::string& upload_id);

    const CallContext& ctx_;
    Clock& clock_;
    S3Options store_;
    std::string target_prefix_;
    std::string scratch_;
    std::shared_ptr<aws::CredentialProvider> signer_;  // Shared by the clients and this.
    std::map<AddressingStyle, std::unique_ptr<S3Client>> clients_;
    AddressingStyle style_ = AddressingStyle::kPath;
    std::unique_ptr<net::HttpClient> bare_;
    std::map<std::string, std::vector<std::string>> made_;      // Key -> versions, if any.
    std::vector<std::pair<std::string, std::string>> uploads_;  // Key and id.
    std::optional<std::chrono::milliseconds> clock_offset_;
};

}  // namespace cofre::s3
