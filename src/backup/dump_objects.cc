// Dumps as plain objects.
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "backup/dump_store.h"
#include "backup/dump_streams.h"
#include "backup/store_proof.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/units.h"
#include "codec/codec.h"
#include "objects/object_naming.h"
#include "repo/zoned_time.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kDumpBufferBytes = 256_KiB;
constexpr int kMaxNumber = 100;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string suffix_of(const dump::DumpFile& file) {
    const auto dot = file.name.rfind('.');
    return dot == std::string::npos ? "" : file.name.substr(dot);
}

/// "…/dump_20261122_013659.sql" for the dump itself, and with what tells them
/// apart for what is beside it: "…/dump_20261122_013659-globals.sql".
std::vector<std::string> paths_of(const OpenDump& open) {
    const auto& streams = open.dump->streams();
    const auto is_whole = [](const dump::DumpStream& stream) { return stream.file.role == dump::FileRole::kWhole; };
    const bool has_one = std::count_if(streams.begin(), streams.end(), is_whole) == 1;
    std::vector<std::string> paths;
    for (const auto& stream : streams) {
        const std::string suffix = suffix_of(stream.file);
        if (has_one && is_whole(stream)) {
            paths.push_back(open.name + (open.suffix.empty() ? suffix : open.suffix));
            continue;
        }
        std::string middle = stream.file.name.substr(0, stream.file.name.size() - suffix.size());
        std::replace(middle.begin(), middle.end(), '/', '-');
        paths.push_back(open.name);
        paths.back() += '-';
        paths.back() += middle;
        paths.back() += suffix;
    }
    return paths;
}

std::string printable(const std::string& text) {
    std::string out = text;
    for (auto& c : out) {
        if (c < ' ' || c > '~') c = '?';
    }
    return out;
}

/// Names and values as requirement 4's program wrote them.
std::map<std::string, std::string> metadata_of(const dump::DumpRecord& record, const dump::DumpFile& file,
                                               WallTime now) {
    const auto local = repo::Zone::local().at(now);
    std::string zone;
    repo::append_zoned_time(zone, local);
    const int minutes = std::abs(local.offset_minutes);
    return {{"backup-type", std::string(to_string(record.engine))},
            {"database", file.database.empty() ? "all" : printable(file.database)},
            {"timestamp", zone},
            {"timezone",
             fmt::format("UTC{}{:02}:{:02}", local.offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60)}};
}

class DumpUpload {
public:
    DumpUpload(OpenDump& open, const BackupPlan& plan, const BackupEnvironment& env)
        : open_(open), plan_(plan), env_(env), now_(env.clock.wall_now()) {}

    Result<std::vector<objects::ManifestEntry>> run(const CallContext& ctx) {
        COFRE_TRY(choose_name(ctx));
        auto stored = store_all(ctx);
        auto entries = entries_.with([](auto& all) { return std::move(all); });
        if (!stored) {
            remove_dump_objects(env_.store, entries);
            return std::move(stored).error();
        }
        std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
        return entries;
    }

private:
    /// Names hold whole seconds: a second run within one gets a number.
    Status choose_name(const CallContext& ctx) {
        const std::string wanted = open_.name;
        for (int number = 2; number <= kMaxNumber; ++number) {
            paths_ = paths_of(open_);
            COFRE_ASSIGN(const auto key,
                         objects::key_for_path(plan_.prefix, record_path(), objects::Compression::kNone));
            const auto there = env_.store.head(ctx, key);
            if (!there && there.error().code() == ErrorCode::kNotFound) return {};
            if (!there) return there.error();
            open_.name = wanted + "_" + std::to_string(number);
        }
        return Error(ErrorCode::kConflict, "too many dumps are called " + wanted);
    }

    std::string record_path() const { return open_.name + "." + std::string(dump::kRecordName); }

    Status store_all(const CallContext& ctx) {
        env_.progress.files_found += paths_.size();
        for (const auto& stream : open_.dump->streams())
            env_.progress.bytes_found += stream.estimated_bytes;
        COFRE_ASSIGN(auto record, read_dump(ctx, *open_.dump,
                                            [&](const CallContext& inner, std::size_t index, CountedReader& reader) {
                                                return store_stream(inner, index, reader);
                                            }));
        for (std::size_t i = 0; i < paths_.size(); ++i)
            record.files[i].name = paths_[i].substr(paths_[i].rfind('/') + 1);
        COFRE_TRY(store_record(ctx, record));
        open_.record = std::move(record);
        return {};
    }

    objects::ManifestEntry blank(const std::string& path) const {
        objects::ManifestEntry entry;
        entry.path = path;
        entry.mode = 0600;
        entry.mtime_ns = entry.ctime_ns = now_.time_since_epoch().count();
        return entry;
    }

    store::PutOptions put_options(const dump::DumpFile& file) const {
        store::PutOptions options;
        options.if_absent = true;
        options.metadata = metadata_of(open_.dump->record(), file, now_);
        const auto ns = now_.time_since_epoch().count();
        options.metadata["mtime"] = fmt::format("{}.{:09}", ns / kNsPerSecond, ns % kNsPerSecond);
        return options;
    }

    Status store_stream(const CallContext& ctx, std::size_t index, CountedReader& reader) {
        auto entry = blank(paths_[index]);
        entry.stored.compression = plan_.compression;
        COFRE_ASSIGN(const auto key, objects::key_for_path(plan_.prefix, entry.path, plan_.compression));
        entry.stored.key = key.str();
        COFRE_ASSIGN(const auto writer,
                     env_.store.create_writer(ctx, key, put_options(open_.dump->streams()[index].file)));
        const ByteSink to_store = [&](std::span<const std::byte> bytes) { return writer->append(ctx, bytes); };
        const auto encoder = make_encoder();
        crypto::Sha256 hash;
        std::vector<std::byte> buffer(kDumpBufferBytes);
        for (;;) {
            COFRE_ASSIGN(const std::size_t count, reader.read(buffer));
            if (count == 0) break;
            const auto bytes = std::span(buffer).first(count);
            hash.update(bytes);
            env_.progress.bytes_done += count;
            COFRE_TRY(encoder ? encoder->write(bytes, to_store) : to_store(bytes));
        }
        if (encoder) COFRE_TRY(encoder->finish(to_store));
        entry.size = reader.bytes();
        entry.sha256 = hash.finish();
        COFRE_ASSIGN(const auto receipt, writer->commit(ctx));
        ++env_.progress.files_done;
        return keep(ctx, std::move(entry), receipt);
    }

    std::unique_ptr<codec::StreamTransform> make_encoder() const {
        if (plan_.compression == objects::Compression::kNone) return nullptr;
        return codec::make_encoder(
            plan_.compression == objects::Compression::kGzip ? codec::Format::kGzip : codec::Format::kZstd,
            plan_.compression_level);
    }

    Status store_record(const CallContext& ctx, const dump::DumpRecord& record) {
        auto entry = blank(record_path());
        COFRE_ASSIGN(const auto key, objects::key_for_path(plan_.prefix, entry.path, objects::Compression::kNone));
        entry.stored.key = key.str();
        const std::string text = dump::encode_record(record);
        auto options = put_options({.database = record.databases.size() == 1 ? record.databases.front() : ""});
        options.content_type = "application/json";
        COFRE_ASSIGN(const auto receipt, env_.store.put(ctx, key, SpanSource(text), options));
        entry.size = text.size();
        entry.sha256 = receipt.sha256;
        return keep(ctx, std::move(entry), receipt);
    }

    /// Remembers it first: what cannot be proven must be removed too.
    Status keep(const CallContext& ctx, objects::ManifestEntry entry, const store::PutReceipt& receipt) {
        entry.stored.size = receipt.size;
        entry.stored.sha256 = receipt.sha256;
        entry.stored.etag = receipt.etag;
        entry.stored.version_id = receipt.version_id;
        const std::size_t place = entries_.with([&](auto& all) {
            all.push_back(entry);
            return all.size() - 1;
        });
        const auto read_back = plan_.proof == ProofLevel::kRead ? ReadBack::kUnlessChecksum : ReadBack::kNever;
        COFRE_ASSIGN(const auto proof, prove_object(ctx, env_.store, env_.clock, entry.stored, read_back));
        entries_.with([&](auto& all) { all[place].stored.proof = proof; });
        return {};
    }

    OpenDump& open_;
    const BackupPlan& plan_;
    const BackupEnvironment& env_;
    const WallTime now_;
    std::vector<std::string> paths_;
    Guarded<std::vector<objects::ManifestEntry>> entries_;
};

}  // namespace

Result<std::vector<objects::ManifestEntry>> store_dump(const CallContext& ctx, OpenDump& open, const BackupPlan& plan,
                                                       const BackupEnvironment& env) {
    return DumpUpload(open, plan, env).run(ctx);
}

void remove_dump_objects(store::ObjectStore& store, const std::vector<objects::ManifestEntry>& entries) {
    // Not the run's context: it may be what ended the run.
    const CallContext ctx{.stop = {}, .deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1)};
    for (const auto& entry : entries) {
        const auto key = store::ObjectKey::parse(entry.stored.key);
        const Status removed = key ? store.remove(ctx, *key) : Status(key.error());
        if (!removed) {
            log_warning("dump",
                        "an object of a failed dump remains: " + entry.stored.key + ": " + removed.error().message());
        }
    }
}

}  // namespace cofre::backup
