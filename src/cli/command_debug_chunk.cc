#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "cli/app.h"
#include "crypto/digest.h"
#include "repo/chunker.h"

namespace cofre::cli {
namespace {

Status print_chunks(const DebugChunkOptions& options) {
    COFRE_ASSIGN(const auto polynomial, repo::Polynomial::parse(options.polynomial));
    if (polynomial.degree() < repo::kMinChunkDegree || polynomial.degree() > repo::kMaxChunkDegree) {
        return Error(ErrorCode::kInvalidArgument, "--polynomial: a degree between 9 and 55 expected");
    }
    const UniqueFd fd(::open(options.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return Error::from_errno(errno, "open " + options.file.string());

    const repo::ChunkTables tables(polynomial);
    repo::ChunkStream stream(tables);
    stream.start([&](std::span<std::byte> room) -> Result<std::size_t> {
        for (;;) {
            const auto got = ::read(fd.get(), room.data(), room.size());
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR) return Error::from_errno(errno, "read " + options.file.string());
        }
    });
    for (std::uint64_t offset = 0;;) {
        COFRE_ASSIGN(const auto chunk, stream.next());
        if (chunk.empty()) return {};
        const std::string line = R"({"offset":)" + std::to_string(offset) + R"(,"length":)" +
                                 std::to_string(chunk.size()) + R"(,"sha256":")" + crypto::sha256(chunk).hex() +
                                 "\"}\n";
        COFRE_TRY(write_all(STDOUT_FILENO, as_bytes(line), "standard output"));
        offset += chunk.size();
    }
}

}  // namespace

int run_command(const App& app, const DebugChunkOptions& options) {
    const auto printed = print_chunks(options);
    return printed ? kExitDone : fail(app, printed.error());
}

}  // namespace cofre::cli
