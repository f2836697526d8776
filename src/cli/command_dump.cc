// `dump`: a file or an archive on standard output.
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "backup/dump_fetch.h"
#include "backup/tree_archive.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/read_session.h"
#include "repo/blob_stream.h"
#include "repo/tree_walk.h"

namespace cofre::cli {
namespace {

constexpr int kDumpThreads = 8;
constexpr std::size_t kScriptBytes = 256UL * 1024;

/// "tmp/x" of "/tmp/./x/".
std::string archive_prefix(std::string_view path) {
    std::string prefix;
    while (!path.empty()) {
        path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
        const auto part = path.substr(0, path.find('/'));
        path.remove_prefix(part.size());
        if (part.empty() || part == ".") continue;
        if (!prefix.empty()) prefix += '/';
        prefix += part;
    }
    return prefix;
}

class DumpOutput {
public:
    static Result<DumpOutput> open(const DumpOptions& options) {
        if (!options.target) return DumpOutput(UniqueFd(), "standard output");
        UniqueFd fd(::open(options.target->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        const auto name = escape_for_display(options.target->native());
        if (!fd) return Error::from_errno(errno, "create " + name);
        return DumpOutput(std::move(fd), name);
    }
    Status write(std::span<const std::byte> bytes) const {
        return write_all(file_ ? file_.get() : STDOUT_FILENO, bytes, name_);
    }
    Status close() { return file_ ? file_.close(name_) : Status(); }

private:
    DumpOutput(UniqueFd file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
    UniqueFd file_;
    std::string name_;
};

Result<int> dump_folder(const App& app, const ReadSession& reading, const DumpOptions& options, const repo::Id& tree,
                        const ByteSink& sink) {
    backup::ArchiveOptions archive{.prefix = archive_prefix(options.path), .threads = kDumpThreads};
    COFRE_ASSIGN(archive.format, backup::parse_archive_format(options.archive));
    std::vector<std::string> left_out;
    COFRE_TRY(backup::write_archive(app.ctx, reading.repository(), tree, archive, sink, left_out));
    for (const auto& path : left_out)
        app.console.warning(escape_for_display(path) + ": an archive cannot hold it");
    return static_cast<int>(left_out.empty() ? kExitDone : kExitPartial);
}

/// One SQL script from the files of a dump by table, in the order of restoring.
Status write_script(const App& app, const ReadSession& reading, const DumpOptions& options, const ChosenTree& chosen,
                    const ByteSink& sink) {
    backup::Progress progress;
    COFRE_ASSIGN(auto dumps, backup::find_dumps(app.ctx, reading.repository(), chosen.tree,
                                                chosen.snapshot->snapshot.paths, progress));
    std::erase_if(dumps, [&](const auto& stored) {
        return !options.path.empty() && archive_prefix(stored.place) != archive_prefix(options.path);
    });
    if (dumps.size() != 1) {
        return Error(ErrorCode::kInvalidArgument, dumps.empty()
                                                      ? "dump --sql: there is no dump of a database at that path"
                                                      : "dump --sql: the snapshot holds several dumps of databases")
            .with_hint("name its folder: `cofre ls SNAPSHOT` shows those below /databases");
    }
    auto& stored = dumps.front();
    if (stored.record.databases.size() > 1) {
        return Error(ErrorCode::kUnsupported, "dump --sql: the dump holds several databases, which are no one script")
            .with_hint("`cofre restore --into` restores them; `cofre dump` writes out single files");
    }
    for (const auto& file : stored.record.files) {
        if (file.role == dump::FileRole::kGlobals) continue;
        if (file.format != "plain") {
            return Error(ErrorCode::kUnsupported,
                         "dump --sql: " + escape_for_display(file.name) + " is no SQL but of the format " + file.format)
                .with_hint("write it out as it is, and let its own tool read it: pg_restore -f - FILE");
        }
        COFRE_ASSIGN(const auto reader, stored.files->open(app.ctx, file.name));
        std::vector<std::byte> buffer(kScriptBytes);
        for (;;) {
            COFRE_ASSIGN(const std::size_t count, reader->read(buffer));
            if (count == 0) break;
            COFRE_TRY(sink(std::span(buffer).first(count)));
        }
    }
    return {};
}

Result<int> dump(const App& app, const DumpOptions& options) {
    if (options.path.empty() && !options.sql) {
        return Error(ErrorCode::kInvalidArgument, "dump: no PATH is given").with_hint("\"/\" is all of the snapshot");
    }
    COFRE_ASSIGN(const auto reading, open_for_reading(app, options.from));
    COFRE_ASSIGN(const auto chosen, choose_tree(app, reading, options.snapshot, options.filter));
    COFRE_ASSIGN(auto output, DumpOutput::open(options));
    const ByteSink sink = [&output](std::span<const std::byte> bytes) { return output.write(bytes); };
    int status = kExitDone;
    if (options.sql) {
        COFRE_TRY(write_script(app, reading, options, chosen, sink));
    } else if (archive_prefix(options.path).empty()) {
        COFRE_ASSIGN(status, dump_folder(app, reading, options, chosen.tree, sink));
    } else {
        COFRE_ASSIGN(const auto node, repo::find_node(app.ctx, reading.repository(), chosen.tree, options.path));
        if (node.type == repo::NodeType::kDirectory && node.subtree) {
            COFRE_ASSIGN(status, dump_folder(app, reading, options, *node.subtree, sink));
        } else if (node.type == repo::NodeType::kFile && node.content) {
            repo::BlobStream stream(app.ctx, reading.repository(), kDumpThreads);
            COFRE_TRY(stream.read(*node.content, sink));
        } else {
            return Error(ErrorCode::kInvalidArgument, "dump " + escape_for_display(options.path) + ": it is a " +
                                                          std::string(to_string(node.type)) + ", and has no content");
        }
    }
    COFRE_TRY(output.close());
    COFRE_TRY(reading.session->close());
    return status;
}

}  // namespace

int run_command(const App& app, const DumpOptions& options) {
    const auto status = dump(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
