#include "dump/postgres_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/encoding.h"
#include "base/units.h"

namespace cofre::dump {
namespace {

constexpr std::uint64_t kOwnStream = 16_MiB;  ///< Tables from here on are not grouped.
constexpr std::uint64_t kGroupBytes = 64_MiB;
constexpr std::size_t kGroupTables = 64;
constexpr std::size_t kMaxNameBytes = 160;

/// The streams of one database that is dumped by table.
class TablePlan {
public:
    TablePlan(std::string database, const PostgresContents& contents, const PostgresOptions& options, DumpNames& names)
        : database_(std::move(database)), contents_(contents), options_(options), names_(names) {
        folder_ = names_.add("", database_, "");
    }

    std::vector<PlannedStream> make() {
        add_section("schema-before", FileRole::kSchemaBefore, "pre-data");
        add_tables();
        add_sequences();
        if (contents_.large_objects > 0) add_large_objects();
        add_section("schema-after", FileRole::kSchemaAfter, "post-data");
        return std::move(streams_);
    }

private:
    PlannedStream& add(std::string_view folder, std::string_view name, FileRole role) {
        PlannedStream stream;
        stream.file.name = names_.add(folder_ + std::string(folder), name, ".sql");
        stream.file.role = role;
        stream.file.format = "plain";
        stream.file.database = database_;
        streams_.push_back(std::move(stream));
        return streams_.back();
    }

    void add_section(const std::string& name, FileRole role, const std::string& section) {
        auto& stream = add("/", name, role);
        stream.arguments = options_.arguments();
        stream.arguments.push_back("--section=" + section);
    }

    /// Without the filters: these streams name what they hold.
    PlannedStream& add_data(const std::string& name, FileRole role) {
        auto& stream = add(role == FileRole::kData ? "/data/" : "/", name, role);
        stream.arguments.emplace_back("--section=data");
        for (const auto& word : options_.words) {
            if (word != "--blobs" && word != "--no-blobs") stream.arguments.push_back(word);
        }
        return stream;
    }

    void add_tables() {
        std::vector<const PostgresTable*> tables;
        for (const auto& table : contents_.tables) {
            if (table.has_data) tables.push_back(&table);
        }
        std::stable_sort(tables.begin(), tables.end(), [](const auto* a, const auto* b) {
            return (a->bytes >= kOwnStream || b->bytes >= kOwnStream) && a->bytes > b->bytes;
        });
        auto next = tables.begin();
        for (; next != tables.end() && (*next)->bytes >= kOwnStream; ++next)
            add_group({*next});
        std::vector<const PostgresTable*> group;
        std::uint64_t bytes = 0;
        for (; next != tables.end(); ++next) {
            if (group.size() == kGroupTables || (!group.empty() && bytes + (*next)->bytes > kGroupBytes)) {
                add_group(std::exchange(group, {}));
                bytes = 0;
            }
            group.push_back(*next);
            bytes += (*next)->bytes;
        }
        if (!group.empty()) add_group(group);
    }

    void add_group(const std::vector<const PostgresTable*>& tables) {
        const bool is_single = tables.size() == 1;
        auto& stream =
            add_data(is_single ? tables.front()->name : "group-" + std::to_string(++groups_), FileRole::kData);
        if (is_single) stream.file.table = tables.front()->name;
        for (const auto* table : tables) {
            stream.arguments.push_back("--table=" + table->pattern);
            stream.estimated_bytes += table->bytes;
        }
    }

    /// A table's own stream brings the values of its sequences; a partitioned
    /// table has no stream, and other sequences have no table.
    void add_sequences() {
        std::map<std::string, const PostgresTable*> owners;
        for (const auto& table : contents_.tables)
            owners[table.oid] = &table;
        std::set<std::string> arguments;
        for (const auto& sequence : contents_.sequences) {
            const auto owner = owners.find(sequence.owner_oid);
            if (owner != owners.end() && owner->second->has_data) continue;
            arguments.insert("--table=" + sequence.pattern);
            if (owner == owners.end()) continue;
            arguments.insert("--table=" + owner->second->pattern);  // Or a sequence of an identity is not seen.
            arguments.insert("--exclude-table-data=" + owner->second->pattern);
        }
        if (arguments.empty() || !options_.has_data) return;
        auto& stream = add_data("sequences", FileRole::kData);
        stream.arguments.insert(stream.arguments.end(), arguments.begin(), arguments.end());
    }

    void add_large_objects() {
        auto& stream = add_data("large-objects", FileRole::kLargeObjects);
        // With every table and sequence left out only these are left of the section.
        stream.arguments.insert(stream.arguments.end(), {"--blobs", "--exclude-table=*.*"});
    }

    const std::string database_;
    const PostgresContents& contents_;
    const PostgresOptions& options_;
    DumpNames& names_;
    std::string folder_;
    std::vector<PlannedStream> streams_;
    int groups_ = 0;
};

}  // namespace

std::string DumpNames::add(std::string_view folder, std::string_view name, std::string_view ending) {
    std::string safe = percent_encode(name);
    if (safe.starts_with('.')) safe.replace(0, 1, "%2E");
    if (safe.empty()) safe = "~";
    if (safe.size() > kMaxNameBytes) safe = safe.substr(0, kMaxNameBytes) + "~";
    std::string path = std::string(folder) + safe + std::string(ending);
    for (int number = 2; !taken_.insert(path).second; ++number)
        path = std::string(folder) + safe + "~" + std::to_string(number) + std::string(ending);
    return path;
}

std::vector<PlannedStream> plan_database(const std::string& database, const PostgresContents& contents,
                                         const PostgresOptions& options, const DumpRequest& request, DumpNames& names) {
    const bool is_custom = request.format == DumpFormat::kCustom;
    if (request.jobs > 1 && !is_custom && options.has_data && options.has_schema) {
        return TablePlan(database, contents, options, names).make();
    }
    PlannedStream whole;
    whole.file.name = names.add("", database, is_custom ? ".dump" : ".sql");
    whole.file.role = FileRole::kWhole;
    whole.file.format = is_custom ? "custom" : "plain";
    whole.file.database = database;
    whole.arguments = options.arguments();
    for (const auto& table : contents.tables)
        whole.estimated_bytes += table.has_data ? table.bytes : 0;
    std::vector<PlannedStream> streams;
    streams.push_back(std::move(whole));
    return streams;
}

}  // namespace cofre::dump
