#include "aws/credentials.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <sys/stat.h>

#include "aws/shared_config.h"
#include "aws/shared_files.h"
#include "base/guarded.h"
#include "base/log.h"

namespace cofre::aws {
namespace {

/// Keys and tokens go into HTTP headers, and none has ever held white space:
/// what looks like one is a comment behind a value or a line too many.
Status check_characters(std::string_view what, std::string_view value) {
    const auto is_visible = [](char c) { return c > ' ' && c < '\x7F'; };
    if (std::all_of(value.begin(), value.end(), is_visible)) return {};
    return Error(ErrorCode::kUnauthenticated,
                 std::string(what) + " holds white space or other characters that no key has")
        .with_hint("in the AWS files a comment needs a line of its own");
}

/// The three parts under the names by which messages know them.
struct NamedParts {
    std::string_view id_name;
    std::string id;
    std::string_view secret_name;
    std::string secret;
    std::string token;
};

Result<Credentials> assemble(NamedParts parts, std::string_view source) {
    if (parts.secret.empty()) {
        return Error(ErrorCode::kUnauthenticated,
                     std::string(parts.id_name) + " is set but " + std::string(parts.secret_name) + " is not")
            .with_hint("set both, or neither");
    }
    COFRE_TRY(check_characters(parts.id_name, parts.id));
    COFRE_TRY(check_characters(parts.secret_name, parts.secret));
    COFRE_TRY(check_characters("the session token", parts.token));
    Credentials credentials;
    credentials.access_key_id = std::move(parts.id);
    credentials.secret_access_key = Secret(std::move(parts.secret));
    credentials.session_token = Secret(std::move(parts.token));
    credentials.source = source;
    return credentials;
}

class StaticProvider final : public CredentialProvider {
public:
    explicit StaticProvider(Credentials credentials) : credentials_(std::move(credentials)) {
        if (credentials_.source.empty()) credentials_.source = "configuration";
    }
    std::string name() const override { return credentials_.source; }

    Result<Credentials> resolve(const CallContext& /*ctx*/) override {
        if (credentials_.access_key_id.empty() && credentials_.secret_access_key.empty()) {
            return Error(ErrorCode::kNotFound, "no access key is configured");
        }
        if (credentials_.access_key_id.empty() || credentials_.secret_access_key.empty()) {
            return Error(ErrorCode::kUnauthenticated, credentials_.access_key_id.empty()
                                                          ? "the secret access key is configured without its key id"
                                                          : "the access key id is configured without its secret");
        }
        return credentials_;
    }

private:
    Credentials credentials_;
};

class EnvironmentProvider final : public CredentialProvider {
public:
    std::string name() const override { return "environment"; }

    Result<Credentials> resolve(const CallContext& /*ctx*/) override {
        NamedParts parts{.id_name = "AWS_ACCESS_KEY_ID",
                         .id = aws_environment("AWS_ACCESS_KEY_ID"),
                         .secret_name = "AWS_SECRET_ACCESS_KEY",
                         .secret = aws_environment("AWS_SECRET_ACCESS_KEY"),
                         // The older name first, as in botocore.
                         .token = aws_environment("AWS_SECURITY_TOKEN")};
        if (parts.token.empty()) parts.token = aws_environment("AWS_SESSION_TOKEN");
        if (parts.id.empty()) {
            // The AWS CLI passes over a secret alone without a word; then at
            // least the reason says what was seen.
            return Error(ErrorCode::kNotFound, parts.secret.empty()
                                                   ? "AWS_ACCESS_KEY_ID is not set"
                                                   : "AWS_SECRET_ACCESS_KEY is set but AWS_ACCESS_KEY_ID is not");
        }
        COFRE_ASSIGN(auto credentials, assemble(std::move(parts), name()));
        if (const auto expiry = parse_rfc3339(aws_environment("AWS_CREDENTIAL_EXPIRATION"))) {
            credentials.expires_at = *expiry;
        }
        return credentials;
    }
};

/// Takes the place of the environment where a profile is named explicitly, so
/// that the reasons still mention it.
class PassedOverEnvironment final : public CredentialProvider {
public:
    std::string name() const override { return "environment"; }
    Result<Credentials> resolve(const CallContext& /*ctx*/) override {
        return Error(ErrorCode::kNotFound, "not asked, because a profile is named explicitly");
    }
};

/// What tells that a file is another one than before. Not only the time: an
/// editor may keep it, and a coarse clock may not move between two writes.
struct FileStamp {
    bool exists = false;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(const std::filesystem::path& path) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    struct ::stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return {true,
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
            status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

std::string setting(const AwsProfile& profile, const std::string& key) {
    const auto found = profile.find(key);
    return found == profile.end() ? std::string() : found->second;
}

/// Settings that make a profile something else than a pair of keys, and
/// whether keys in the credentials file go before them, as in botocore.
struct Indirection {
    std::string_view key;
    bool keys_go_first;
};
constexpr std::array<Indirection, 6> kIndirections = {{{"role_arn", false},
                                                       {"web_identity_token_file", false},
                                                       {"sso_session", false},
                                                       {"sso_start_url", false},
                                                       {"login_session", true},
                                                       {"credential_process", true}}};

class ProfileProvider final : public CredentialProvider {
public:
    explicit ProfileProvider(std::optional<std::string> profile) : profile_(std::move(profile)) {}

    std::string name() const override { return "profile " + profile_name(); }

    Result<Credentials> resolve(const CallContext& /*ctx*/) override {
        const Question question = current_question();
        if (auto known = cache_.with([&](const Cache& c) { return c.answer_to(question); })) return *std::move(known);

        auto answer = read(question);
        if (!answer) return survive_damage(question, std::move(answer).error());
        cache_.with([&](Cache& cache) { cache = {question, *answer, /*is_rejected=*/false}; });
        return answer;
    }

    void invalidate(const Credentials& rejected) override {
        cache_.with([&](Cache& cache) {
            if (cache.credentials && cache.credentials->access_key_id == rejected.access_key_id &&
                cache.credentials->secret_access_key == rejected.secret_access_key &&
                cache.credentials->session_token == rejected.session_token) {
                cache.is_rejected = true;
            }
        });
    }

private:
    /// All that the answer depends on. The stamps are taken before the files
    /// are read: a change in between is noticed at the next call.
    struct Question {
        std::string profile;
        AwsFilePaths paths;
        FileStamp config;
        FileStamp credentials;
        bool operator==(const Question& other) const {
            return profile == other.profile && paths.config == other.paths.config &&
                   paths.credentials == other.paths.credentials && config == other.config &&
                   credentials == other.credentials;
        }
    };

    struct Cache {
        Question question;
        std::optional<Credentials> credentials;
        bool is_rejected = false;

        std::optional<Credentials> answer_to(const Question& asked) const {
            return credentials && !is_rejected && question == asked ? credentials : std::nullopt;
        }
    };

    std::string profile_name() const { return profile_ ? *profile_ : default_profile_name(); }

    Question current_question() const {
        Question question{.profile = profile_name(), .paths = aws_file_paths(), .config = {}, .credentials = {}};
        question.config = stamp_of(question.paths.config);
        question.credentials = stamp_of(question.paths.credentials);
        return question;
    }

    /// A tool that rewrites the file in place leaves it half written for a
    /// moment. An upload that has worked for hours must not fail on that.
    Result<Credentials> survive_damage(const Question& question, Error error) {
        const bool is_damage =
            error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kUnauthenticated;
        const auto last = cache_.with([&](const Cache& cache) {
            const bool same = cache.question.profile == question.profile && !cache.is_rejected;
            return same ? cache.credentials : std::nullopt;
        });
        if (!is_damage || !last) return error;
        log_warning("s3", "keeping the last credentials of profile " + question.profile + ": " + error.message());
        return *last;
    }

    Result<Credentials> read(const Question& question) const {
        COFRE_ASSIGN(const AwsFiles files, read_aws_files(question.paths));
        const auto in_config = files.config.find(question.profile);
        const auto in_credentials = files.credentials.find(question.profile);
        if (in_config == files.config.end() && in_credentials == files.credentials.end()) {
            return missing_profile(question, files);
        }
        const auto merged = merge_aws_files(files).at(question.profile);
        const AwsProfile empty;
        const auto& from_credentials = in_credentials == files.credentials.end() ? empty : in_credentials->second;
        const auto& from_config = in_config == files.config.end() ? empty : in_config->second;

        const bool has_keys = from_credentials.count("aws_access_key_id") != 0;
        for (const auto& indirection : kIndirections) {
            const std::string key(indirection.key);
            if (merged.count(key) != 0 && !(indirection.keys_go_first && has_keys)) {
                return Error(ErrorCode::kUnsupported, "profile " + question.profile + " uses " + key +
                                                          ", which this version does not resolve yet")
                    .with_hint("export temporary keys instead, for example with: aws configure export-credentials");
            }
        }
        // Never a key of one file with the secret or token of the other.
        return keys_of(question.profile, has_keys ? from_credentials : from_config);
    }

    static Result<Credentials> keys_of(const std::string& name, const AwsProfile& profile) {
        NamedParts parts{.id_name = "aws_access_key_id",
                         .id = setting(profile, "aws_access_key_id"),
                         .secret_name = "aws_secret_access_key",
                         .secret = setting(profile, "aws_secret_access_key"),
                         .token = setting(profile, "aws_security_token")};
        if (parts.token.empty()) parts.token = setting(profile, "aws_session_token");
        if (parts.id.empty()) return Error(ErrorCode::kNotFound, "profile " + name + " has no aws_access_key_id");
        auto credentials = assemble(std::move(parts), "profile");
        if (!credentials) return std::move(credentials).error().context("profile " + name);
        return credentials;
    }

    /// A profile that somebody named must exist; the default one need not.
    Error missing_profile(const Question& question, const AwsFiles& files) const {
        const std::string where = question.paths.credentials.string() + " or " + question.paths.config.string();
        const bool is_named = profile_.has_value() || question.profile != "default";
        Error error(is_named ? ErrorCode::kUnauthenticated : ErrorCode::kNotFound,
                    "profile " + question.profile + " is not in " + where);
        std::string known;
        for (const auto& [name, profile] : merge_aws_files(files))
            known += (known.empty() ? "" : ", ") + name;
        return known.empty() ? error : std::move(error).with_hint("profiles there are: " + known);
    }

    const std::optional<std::string> profile_;
    Guarded<Cache> cache_;
};

}  // namespace

std::unique_ptr<CredentialProvider> make_static_provider(Credentials credentials) {
    return std::make_unique<StaticProvider>(std::move(credentials));
}

std::unique_ptr<CredentialProvider> make_environment_provider() {
    return std::make_unique<EnvironmentProvider>();
}

std::unique_ptr<CredentialProvider> make_profile_provider(std::optional<std::string> profile) {
    if (profile && profile->empty()) profile.reset();
    return std::make_unique<ProfileProvider>(std::move(profile));
}

Result<Credentials> CredentialChain::explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped) {
    std::string reasons;
    for (const auto& link : links_) {
        auto credentials = link->resolve(ctx);
        if (credentials) return credentials;
        Error error = std::move(credentials).error();
        if (error.code() != ErrorCode::kNotFound) return error;
        if (!reasons.empty()) reasons += "; ";
        if (!error.message().starts_with(link->name())) reasons += link->name() + ": ";
        reasons += error.message();
        skipped.push_back({link->name(), error.message()});
    }
    return Error(ErrorCode::kUnauthenticated,
                 "no credentials found: " + (reasons.empty() ? "nowhere to look" : reasons))
        .with_hint("run `aws configure`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
}

Result<Credentials> CredentialChain::resolve(const CallContext& ctx) {
    std::vector<SkippedProvider> skipped;
    return explain(ctx, skipped);
}

void CredentialChain::invalidate(const Credentials& rejected) {
    for (const auto& link : links_)
        link->invalidate(rejected);
}

std::unique_ptr<CredentialChain> make_default_chain(std::optional<std::string> profile) {
    if (profile && profile->empty()) profile.reset();
    std::vector<std::unique_ptr<CredentialProvider>> links;
    // As in the AWS CLI, where --profile goes before the variables of the
    // environment, and AWS_PROFILE does not.
    if (profile) {
        links.push_back(std::make_unique<PassedOverEnvironment>());
    } else {
        links.push_back(make_environment_provider());
    }
    links.push_back(make_profile_provider(std::move(profile)));
    return std::make_unique<CredentialChain>(std::move(links));
}

}  // namespace cofre::aws
