#!/usr/bin/env python3
"""Repositories: cofre beside restic and borg, on a disk and, where the peer can, on a RADOS Gateway.

Each data set goes through first backup, unchanged backup, changed backup, restore,
check of all data, and forget with prune. Called by bench/run.sh.
"""
import dataclasses
import filecmp
import os
import pathlib
import shutil
import subprocess
import sys

from common import BUCKET, Sample, Server, first_line, kept_tail, machine, median, options, ratio, run_client
from repository_data import DataSet, data_sets

STEPS = ["first backup", "unchanged backup", "changed backup", "restore", "check, all data read", "forget and prune"]
PASSWORD = "for-the-benchmark"


@dataclasses.dataclass
class Program:
    """A repository program: its version, its settings, how to make a repository and how to do each step."""
    name: str
    version: list[str]
    environment: dict[str, str]
    init: list[str]
    steps: list[list[str]]  # In the order of STEPS; {data} and {out} are folders.
    stores: tuple[str, ...]


def programs(cofre: str, wanted: list[str]) -> list[Program]:
    restic = ["restic", "--quiet"]
    quick = [cofre, "--quiet"]
    backup = ["borg", "create", "--compression", "zstd,3", "::{number}", "{data}"]
    known = [
        Program("cofre", [cofre, "version"], {"RESTIC_REPOSITORY": "{url}", "COFRE_PASSWORD": PASSWORD}, [*quick, "init"],
                [[*quick, "backup", "{data}"]] * 3 +
                [[*quick, "restore", "latest", "--target", "{out}"], [*quick, "check", "--read-data"],
                 [*quick, "forget", "--keep-last", "1", "--prune"]], ("disk", "rgw")),
        Program("restic", ["restic", "version"], {"RESTIC_REPOSITORY": "{url}", "RESTIC_PASSWORD": PASSWORD}, [*restic, "init"],
                [[*restic, "backup", "{data}"]] * 3 +
                [[*restic, "restore", "latest", "--target", "{out}"], [*restic, "check", "--read-data"],
                 [*restic, "forget", "--keep-last", "1", "--prune"]], ("disk", "rgw")),
        Program("borg", ["borg", "--version"], {"BORG_REPO": "{url}", "BORG_PASSPHRASE": PASSWORD, "BORG_BASE_DIR": "{home}"},
                ["borg", "init", "--encryption", "repokey"],
                [backup] * 3 +
                [["bash", "-c", 'cd "$1" && borg extract ::3', "borg", "{out}"], ["borg", "check", "--verify-data"],
                 ["bash", "-c", "borg prune --keep-last 1 && borg compact"]], ("disk",)),
    ]
    return [program for program in known if not wanted or program.name in wanted]


def repository_bytes(folder: pathlib.Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def bucket_bytes(server: Server) -> int:
    command = ["aws", "--endpoint-url", server.settings["AWS_ENDPOINT_URL_S3"], "s3", "ls", "--recursive", "--summarize", f"s3://{BUCKET}/repo/"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **server.settings}).stdout
    return int(listing.rsplit("Total Size:", 1)[1].split()[0])


def drop_caches() -> None:
    """As root only; the report says which runs were cold."""
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")


def same_tree(one: pathlib.Path, other: pathlib.Path) -> bool:
    compared = filecmp.dircmp(one, other)
    if compared.left_only or compared.right_only or compared.funny_files:
        return False
    equal, different, errors = filecmp.cmpfiles(one, other, compared.common_files, shallow=False)
    del equal
    return not different and not errors and all(same_tree(one / name, other / name) for name in compared.common_dirs)


class Run:
    """One program, one data set, one store: every step in turn."""

    def __init__(self, program: Program, data: DataSet, store: str, work: pathlib.Path, is_cold: bool):
        self.program, self.data, self.work, self.is_cold = program, data, work, is_cold
        self.home, self.out = work / "home", work / "out"
        self.server = Server(work / "rgw", 3 * data.size + (2 << 30)) if store == "rgw" else None
        self.repository = work / "repo"
        self.home.mkdir(parents=True)
        self.settings = dict(self.server.settings) if self.server else {}
        for name, value in program.environment.items():
            self.settings[name] = value.format(url=self.url(), home=self.home)

    def url(self) -> str:
        if not self.server:
            return f"file://{self.repository}" if self.program.name == "cofre" else str(self.repository)
        if self.program.name == "cofre":
            return f"s3://{BUCKET}/repo"
        return f"s3:{self.server.settings['AWS_ENDPOINT_URL_S3']}/{BUCKET}/repo"

    def step(self, number: int, command: list[str]) -> Sample:
        values = {"data": self.data.folder, "out": self.out, "number": number}
        if self.is_cold:
            drop_caches()
        return run_client([part.format(**values) for part in command], self.home, self.settings, self.work / "client.log")

    def all_steps(self) -> tuple[list[Sample], list[int]]:
        samples, stored = [], []
        try:
            run_client(self.program.init, self.home, self.settings, self.work / "client.log")
            self.data.reset()
            for number, command in enumerate(self.program.steps, start=1):
                if STEPS[number - 1] == "changed backup":
                    self.data.change()
                self.out.mkdir(exist_ok=True)
                samples.append(self.step(number, command))
                stored.append(bucket_bytes(self.server) if self.server else repository_bytes(self.repository))
                if STEPS[number - 1] == "restore":
                    self.compare()
        finally:
            if self.server:
                self.server.stop()
            for folder in (self.home, self.out, self.repository):
                shutil.rmtree(folder, ignore_errors=True)
        return samples, stored

    def compare(self) -> None:
        # Each program puts the absolute path below the target.
        restored = self.out / str(self.data.folder.resolve()).lstrip("/")
        if not same_tree(self.data.folder, restored):
            sys.exit(f"bench: what {self.program.name} restored is not what it was given")
        shutil.rmtree(self.out)


def figure(sample: Sample) -> str:
    return f"{sample.wall:.1f} / {sample.cpu:.1f} / {sample.rss / 1024:.0f}"


def section(title: str, results: dict[str, tuple[list[Sample], list[int]]]) -> list[str]:
    names = list(results)
    peers = [name for name in names if name != "cofre"]
    lines = [f"### {title}", "",
             "| step | " + " | ".join(f"{name}: s / CPU s / MiB" for name in names) + " | " +
             " | ".join(f"{peer} ÷ cofre" for peer in peers) + (" | RSS to restic |" if "restic" in peers else " |"),
             "|---|" + "---:|" * (len(names) + len(peers) + (1 if "restic" in peers else 0))]
    for row, step in enumerate(STEPS):
        cells = [figure(results[name][0][row]) for name in names]
        own = results["cofre"][0][row] if "cofre" in results else None
        ratios = [ratio(results[peer][0][row].wall, own.wall) for peer in peers] if own else []
        if own and "restic" in peers:
            ratios.append(ratio(own.rss, results["restic"][0][row].rss))
        lines.append(f"| {step} | " + " | ".join(cells + ratios) + " |")
    sizes = [f"{name} {results[name][1][0] / 1e6:.1f} MB after the first, {results[name][1][2] / 1e6:.1f} after the changed, "
             f"{results[name][1][5] / 1e6:.1f} after prune" for name in names]
    return [*lines, "", "Stored: " + "; ".join(sizes) + ".", ""]


def report(arguments, sections: list[str], used: list[Program]) -> str:
    return "\n".join([
        "# Repositories", "",
        "<!-- Written by bench/repository.py; what is below the line \"Reading\" is kept. -->", "",
        "What each program restored is compared byte for byte with what it was given, outside the measured time. "
        "restic compresses with its default (auto), borg with zstd,3 and encryption `repokey`.", "",
        f"- Machine: {machine()}.",
        f"- Median of {arguments.rounds} interleaved rounds; CPU and RSS (of the largest process) as in [benchmarks.md](benchmarks.md). "
        "\"Cold\" means that the page cache was dropped before every step.",
        f"- Versions: {'; '.join(sorted({first_line(program.version) for program in used}))}.",
        f"- To repeat: `BENCH_SCALE={arguments.scale:g} BENCH_ROUNDS={arguments.rounds} make bench-repository`.", "", *sections])


def main() -> None:
    parser = options("docs/benchmarks-repository.md")
    parser.add_argument("--stores", default="disk,cold disk,rgw")
    parser.add_argument("--data", default="", help="comma-separated: file, tree, dumps; all if empty")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    used = programs(arguments.cofre, [name for name in arguments.clients.split(",") if name])
    sections: list[str] = []
    for data in data_sets(arguments.work / "data", arguments.scale, [name for name in arguments.data.split(",") if name]):
        print(f"bench: making {data.title}", flush=True)
        data.make()
        for store in arguments.stores.split(","):
            sections += measure(arguments, used, data, store)
        data.remove()
    arguments.output.write_text(report(arguments, sections, used) + "\n" + kept_tail(arguments.output))
    print(f"bench: written to {arguments.output}")
    shutil.rmtree(arguments.work)


def measure(arguments, used: list[Program], data: DataSet, store: str) -> list[str]:
    place = store.split()[-1]
    able = [program for program in used if place in program.stores]
    rounds: dict[str, list[tuple[list[Sample], list[int]]]] = {}
    for number in range(1, arguments.rounds + 1):
        for program in able:
            samples, stored = Run(program, data, place, arguments.work, store.startswith("cold")).all_steps()
            rounds.setdefault(program.name, []).append((samples, stored))
            print(f"round {number}, {store}, {data.name}: {program.name}: " + "; ".join(figure(sample) for sample in samples) +
                  f"; {stored[0] / 1e6:.0f} MB", flush=True)
    results = {name: ([median([samples[row] for samples, _ in all_rounds]) for row in range(len(STEPS))], all_rounds[0][1])
               for name, all_rounds in rounds.items()}
    return section(f"{data.title}, {store}", results)


if __name__ == "__main__":
    main()
