#include "daemon/job_plan.h"

#include <array>
#include <cstdlib>
#include <utility>

#include <unistd.h>

namespace cofre::daemon {
namespace {

constexpr int kFilesAtOnceToS3 = 32;
constexpr int kFilesAtOnceToDisk = 8;

backup::ProofLevel proof_level(config::Verify verify) {
    switch (verify) {
        case config::Verify::kAuto: return backup::ProofLevel::kAuto;
        case config::Verify::kHead: return backup::ProofLevel::kHead;
        case config::Verify::kRead: return backup::ProofLevel::kRead;
    }
    return backup::ProofLevel::kAuto;
}

Status refuse_urls(const config::JobConfig& job) {
    for (const auto& source : job.sources) {
        const auto scheme = source.find("://");
        if (scheme == std::string::npos) continue;
        return Error(ErrorCode::kUnsupported,
                     "source " + source.substr(0, scheme) + "://…: only files and folders can be backed up yet")
            .with_hint("dump the database into a folder and back that up");
    }
    return {};
}

}  // namespace

Result<backup::BackupPlan> plan_of_job(const config::JobConfig& job, const config::TargetConfig& target) {
    backup::BackupPlan plan;
    plan.job = job.name;
    COFRE_TRY(refuse_urls(job));
    plan.sources.assign(job.sources.begin(), job.sources.end());
    plan.manifest_prefix = target.prefix;
    plan.prefix = target.prefix + job.prefix;
    plan.filter = {.include = job.include,
                   .exclude = job.exclude,
                   .exclude_ignore_case = job.iexclude,
                   .exclude_larger_than = job.exclude_larger_than};
    plan.one_file_system = job.one_file_system;
    plan.compression = job.compression;
    plan.compression_level = job.compression_level;
    plan.skip_unchanged = job.skip_unchanged;
    plan.delete_after_upload = job.delete_after_upload;
    plan.proof = proof_level(job.verify);
    plan.keep_going = job.keep_going;
    plan.concurrency = job.concurrency > 0                      ? job.concurrency
                       : target.kind == config::TargetKind::kS3 ? kFilesAtOnceToS3
                                                                : kFilesAtOnceToDisk;
    plan.temp_folder = temp_folder();
    plan.host = host_name();
    plan.tool_version = tool_version();
    return plan;
}

Result<backup::TreeBackupPlan> tree_plan_of_job(const config::JobConfig& job, const config::TargetConfig& target) {
    COFRE_TRY(refuse_urls(job));
    if (job.delete_after_upload || !job.prefix.empty()) {
        return Error(ErrorCode::kUnsupported, job.delete_after_upload
                                                  ? "delete_after_upload works with plain objects only"
                                                  : "a repository has no prefixes: all jobs share what they store")
            .with_hint("remove the key, or give the job a target with `layout: objects`");
    }
    backup::TreeBackupPlan plan;
    plan.targets.assign(job.sources.begin(), job.sources.end());
    plan.filter = {.include = job.include,
                   .exclude = job.exclude,
                   .exclude_ignore_case = job.iexclude,
                   .exclude_larger_than = job.exclude_larger_than};
    plan.one_file_system = job.one_file_system;
    if (job.exclude_caches) plan.exclude_if_present.push_back(source::cache_folder_tag());
    for (const auto& text : job.exclude_if_present) {
        COFRE_ASSIGN(auto tag, source::parse_folder_tag(text));
        plan.exclude_if_present.push_back(std::move(tag));
    }
    plan.identity = {.hostname = host_name(),
                     .tags = job.tags,
                     .program_version = "cofre " + std::string(tool_version()),
                     .time = {}};
    if (job.concurrency > 0) plan.readers = job.concurrency;
    plan.pack_bytes = target.pack_size;
    return plan;
}

Status check_job_prefixes(const config::Config& config) {
    for (std::size_t i = 0; i < config.jobs.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            const auto& one = config.jobs[k];
            const auto& other = config.jobs[i];
            // In a repository nothing has a prefix; what an "auto" is, is looked at when it is opened.
            const auto* const target = config.find_target(one.to);
            if (target != nullptr && target->layout != config::Layout::kObjects) continue;
            const bool apart =
                one.to != other.to || (!one.prefix.starts_with(other.prefix) && !other.prefix.starts_with(one.prefix));
            if (apart) continue;
            return Error(ErrorCode::kInvalidArgument, "jobs \"" + one.name + "\" and \"" + other.name +
                                                          "\" write under the same prefix of target \"" + one.to +
                                                          "\": files of equal names would replace each other")
                .with_hint("give each of them a `prefix` of its own, such as \"" + other.name + "/\"");
        }
    }
    return {};
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

std::string temp_folder() {
    const char* folder = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nothing sets it.
    return folder != nullptr && *folder == '/' ? folder : "/tmp";
}

std::string_view tool_version() {
    return COFRE_VERSION;
}

}  // namespace cofre::daemon
