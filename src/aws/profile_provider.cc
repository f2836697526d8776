#include "aws/profile_provider.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "aws/profile_sources.h"
#include "aws/shared_files.h"
#include "base/guarded.h"
#include "base/log.h"

namespace cofre::aws {
namespace {

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

/// Variables that decide what a provider is made of.
constexpr std::array<const char*, 9> kVariables = {"AWS_WEB_IDENTITY_TOKEN_FILE",
                                                   "AWS_ROLE_ARN",
                                                   "AWS_ROLE_SESSION_NAME",
                                                   "AWS_ENDPOINT_URL_STS",
                                                   "AWS_ENDPOINT_URL",
                                                   "AWS_REGION",
                                                   "AWS_DEFAULT_REGION",
                                                   "AWS_STS_REGIONAL_ENDPOINTS",
                                                   "AWS_CA_BUNDLE"};

/// All that the answer depends on. The stamps are taken before the files are
/// read: a change in between is noticed at the next call.
struct Question {
    std::string profile;
    std::vector<std::string> variables;
    AwsFilePaths paths;
    FileStamp config;
    FileStamp credentials;

    bool has_same_names(const Question& other) const {
        return profile == other.profile && variables == other.variables && paths.config == other.paths.config &&
               paths.credentials == other.paths.credentials;
    }
    bool operator==(const Question& other) const {
        return has_same_names(other) && config == other.config && credentials == other.credentials;
    }
};

/// What the files gave: a provider, or the reason why there is none.
struct Answer {
    AwsFiles files;
    std::vector<SkippedProvider> skipped;
    /// Shared between the cache and the calls under way when it changes.
    std::shared_ptr<CredentialProvider> provider;
    std::optional<Error> missing;  // kNotFound.
};

class ProfileProvider final : public CredentialProvider {
public:
    ProfileProvider(std::optional<std::string> profile, Clock& clock) : profile_(std::move(profile)), clock_(clock) {}

    std::string name() const override { return "profile"; }

    Result<Credentials> resolve(const CallContext& ctx) override {
        std::vector<SkippedProvider> skipped;
        return explain(ctx, skipped);
    }

    Result<Credentials> explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped) override {
        COFRE_ASSIGN(const Answer answer, current_answer());
        skipped.insert(skipped.end(), answer.skipped.begin(), answer.skipped.end());
        if (answer.missing) return *answer.missing;
        return answer.provider->resolve(ctx);
    }

    void invalidate(const Credentials& rejected) override {
        const auto provider = cache_.with([&](Cache& cache) {
            if (cache.keys && is_same_set(*cache.keys, rejected)) cache.is_rejected = true;
            return cache.answer.provider;
        });
        if (provider) provider->invalidate(rejected);
    }

private:
    struct Cache {
        Question question;
        Answer answer;
        std::optional<Credentials> keys;  // If the answer is keys that stand in a file.
        bool is_rejected = false;         // The store has refused them.
    };

    Question current_question() const {
        Question question{.profile = profile_ ? *profile_ : default_profile_name(),
                          .variables = {},
                          .paths = aws_file_paths(),
                          .config = {},
                          .credentials = {}};
        for (const char* const variable : kVariables)
            question.variables.push_back(aws_environment(variable));
        question.config = stamp_of(question.paths.config);
        question.credentials = stamp_of(question.paths.credentials);
        return question;
    }

    Result<Answer> current_answer() {
        const Question question = current_question();
        const auto known = cache_.with([&](const Cache& cache) -> std::optional<Answer> {
            const bool is_known = (cache.answer.provider || cache.answer.missing) && !cache.is_rejected;
            return is_known && cache.question == question ? std::optional(cache.answer) : std::nullopt;
        });
        if (known) return *known;
        auto answer = read(question);
        if (!answer) return survive_damage(question, std::move(answer).error());
        return keep(question, *std::move(answer));
    }

    /// The provider that is there stays if the files say what they said: it may
    /// hold a session.
    Answer keep(const Question& question, Answer answer) {
        std::optional<Credentials> keys;
        if (answer.provider && answer.provider->name() == "profile") {
            if (auto resolved = answer.provider->resolve({})) keys = *std::move(resolved);
        }
        return cache_.with([&](Cache& cache) {
            const bool is_same = cache.answer.provider && cache.question.has_same_names(question) &&
                                 cache.answer.files.config == answer.files.config &&
                                 cache.answer.files.credentials == answer.files.credentials;
            const bool still_rejected = cache.is_rejected && keys && cache.keys && is_same_set(*keys, *cache.keys);
            if (!is_same) cache.answer = std::move(answer);
            cache.question = question;
            cache.keys = std::move(keys);
            cache.is_rejected = still_rejected;
            return cache.answer;
        });
    }

    /// A tool that rewrites the file in place leaves it half written for a
    /// moment. An upload that has worked for hours must not fail on that.
    Result<Answer> survive_damage(const Question& question, Error error) {
        const bool is_damage =
            error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kUnauthenticated;
        const auto last = cache_.with([&](const Cache& cache) {
            const bool same = cache.question.profile == question.profile && !cache.is_rejected;
            return same && cache.answer.provider ? std::optional(cache.answer) : std::nullopt;
        });
        if (!is_damage || !last) return error;
        log_warning("aws", "keeping the last credentials of profile " + question.profile + ": " + error.message());
        return *last;
    }

    Result<Answer> read(const Question& question) const {
        Answer answer;
        COFRE_ASSIGN(answer.files, read_aws_files(question.paths));
        const bool exists =
            answer.files.config.count(question.profile) != 0 || answer.files.credentials.count(question.profile) != 0;
        const bool is_named = profile_.has_value() || question.profile != "default";
        const Error absent = missing_profile(question, answer.files, is_named);
        if (!exists && is_named) return absent;
        const auto rule = profile_ ? EnvironmentRule::kIgnore : EnvironmentRule::kUse;
        auto found = ProfileSources(answer.files, clock_).find(question.profile, rule, answer.skipped);
        if (found) {
            answer.provider = *std::move(found);
            return answer;
        }
        if (found.error().code() != ErrorCode::kNotFound) return std::move(found).error();
        answer.missing = exists ? std::move(found).error() : absent;
        if (!exists) {
            for (auto& link : answer.skipped) {
                if (link.name == "profile") link.reason = absent.message();
            }
        }
        return answer;
    }

    /// A profile that somebody named must exist; the default one need not.
    static Error missing_profile(const Question& question, const AwsFiles& files, bool is_named) {
        const std::string where = question.paths.credentials.string() + " or " + question.paths.config.string();
        Error error(is_named ? ErrorCode::kUnauthenticated : ErrorCode::kNotFound,
                    "profile " + question.profile + " is not in " + where);
        std::string known;
        for (const auto& [name, profile] : merge_aws_files(files))
            known += (known.empty() ? "" : ", ") + name;
        return known.empty() ? error : std::move(error).with_hint("profiles there are: " + known);
    }

    const std::optional<std::string> profile_;
    Clock& clock_;
    Guarded<Cache> cache_;
};

}  // namespace

std::unique_ptr<CredentialProvider> make_profile_provider(std::optional<std::string> profile, Clock& clock) {
    if (profile && profile->empty()) profile.reset();
    return std::make_unique<ProfileProvider>(std::move(profile), clock);
}

}  // namespace cofre::aws
