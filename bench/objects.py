#!/usr/bin/env python3
"""Runs S3 clients side by side on one kind of server, and writes the comparison.

Every measurement gets a server started from nothing with an empty store, so that
no client pays for what another left behind. Rounds are interleaved: each client
runs once before any runs again. Called by bench/run.sh.
"""
import dataclasses
import pathlib
import random
import shutil
import subprocess
import sys

from common import (BUCKET, Sample, Server, first_line, kept_tail, machine, make_big, median, options, run_client, table,
                    write_client_configs)


@dataclasses.dataclass
class Client:
    """Command lines with {folder}, {prefix} and {home} to fill in."""
    name: str
    version: list[str]
    up: list[str]
    down: list[str]


def clients(cofre: str) -> list[Client]:
    target = f"s3://{BUCKET}/{{prefix}}"
    rclone = ["rclone", "--config", "{home}/rclone.conf", "copy"]
    s3cmd = ["s3cmd", "--config", "{home}/s3cfg", "--no-progress", "--quiet", "sync"]
    aws = ["aws", "--endpoint-url", "{endpoint}", "s3", "cp", "--recursive", "--only-show-errors"]
    remote = f"rgw:{BUCKET}/{{prefix}}"
    return [
        Client("cofre", [cofre, "version"],
               [cofre, "backup", "{folder}", "--to", target, "--layout", "objects", "--quiet"],
               [cofre, "restore", "latest", "--from", target, "--target", "{folder}", "--quiet"]),
        Client("rclone", ["rclone", "version"], [*rclone, "{folder}", remote], [*rclone, remote, "{folder}"]),
        Client("rclone --transfers 32", ["rclone", "version"],
               [*rclone, "--transfers", "32", "{folder}", remote], [*rclone, "--transfers", "32", remote, "{folder}"]),
        Client("aws s3 cp", ["aws", "--version"], [*aws, "{folder}", target + "/"], [*aws, target + "/", "{folder}"]),
        Client("s3cmd sync", ["s3cmd", "--version"], [*s3cmd, "{folder}/", target + "/"], [*s3cmd, target + "/", "{folder}/"]),
    ]


def make_small(folder: pathlib.Path, count: int) -> None:
    generator = random.Random(5)
    for number in range(count):
        path = folder / f"{number % 100:02d}" / f"file-{number:05d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(generator.randbytes(generator.randint(1024, 100 * 1024)))


def same_files(a: pathlib.Path, b: pathlib.Path) -> bool:
    """Byte for byte; a client that is fast because it loses something does not count."""
    return subprocess.run(["diff", "-r", "--no-dereference", a, b], stdout=subprocess.DEVNULL).returncode == 0


def measure_round(client: Client, data: pathlib.Path, work: pathlib.Path, store_bytes: int) -> tuple[Sample, Sample]:
    server = Server(work / "rgw", store_bytes)
    try:
        home = work / "home"
        write_client_configs(home, server.settings)
        values = {"prefix": "set", "home": str(home), "endpoint": server.settings["AWS_ENDPOINT_URL_S3"]}
        log = work / "client.log"
        up = run_client([part.format(folder=data, **values) for part in client.up], home, server.settings, log)
        back = work / "back"
        back.mkdir()
        down = run_client([part.format(folder=back, **values) for part in client.down], home, server.settings, log)
        if not same_files(data, back):
            sys.exit(f"bench: {client.name} did not bring back what it sent")
        shutil.rmtree(back)
        shutil.rmtree(home)
        return up, down
    finally:
        server.stop()


def report(arguments, big: int, count: int, results: dict[str, dict[str, Sample]], used: list[Client]) -> str:
    versions = sorted({first_line(client.version) for client in used})
    command = f"BENCH_SCALE={arguments.scale:g} BENCH_ROUNDS={arguments.rounds} make bench"
    lines = [
        "# Benchmarks", "",
        "<!-- Written by bench/objects.py; what is below the line \"Reading\" is kept. -->", "",
        f"One file of {big / 2**20:.0f} MiB, and {count} files of 1 to 100 KiB, none of it compressible, up to and down from one "
        "Ceph RADOS Gateway on the same machine, which shares the processors with the client. Every measurement begins with an "
        "empty in-memory store; what came back is compared byte for byte outside the measured time.", "",
        f"- Machine: {machine()}.",
        f"- Median of {arguments.rounds} interleaved rounds. CPU is user and system time of the client with its children; "
        "peak RSS is that of its largest process. A ratio below 1 is better than the best of the others in that column.",
        "- cofre hashes every file with SHA-256 and proves each object against the store; the others compare sizes or MD5.",
        f"- Versions: {'; '.join(versions)}.",
        f"- To repeat: `{command}`.", "",
    ]
    for title, samples in results.items():
        lines += table(title, samples)
    return "\n".join(lines)


def main() -> None:
    arguments = options("docs/benchmarks.md").parse_args()

    big, count = int(4 * 2**30 * arguments.scale), max(int(10_000 * arguments.scale), 1)
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    print(f"bench: making {big / 2**20:.0f} MiB and {count} small files in {arguments.work}", flush=True)
    sets = {"one large file": arguments.work / "data/big", f"{count} small files": arguments.work / "data/small"}
    make_big(arguments.work / "data/big", big)
    make_small(arguments.work / "data/small", count)

    wanted = [name for name in arguments.clients.split(",") if name]
    used = [client for client in clients(arguments.cofre) if not wanted or client.name in wanted]
    samples: dict[str, dict[str, list[Sample]]] = {}
    for number in range(1, arguments.rounds + 1):
        for label, data in sets.items():
            for client in used:
                up, down = measure_round(client, data, arguments.work, 2 * big + (2 << 30))
                for direction, sample in (("up", up), ("down", down)):
                    samples.setdefault(f"{label}, {direction}", {}).setdefault(client.name, []).append(sample)
                    print(f"round {number}: {label}, {direction}: {client.name}: {sample.wall:.1f} s, "
                          f"{sample.cpu:.1f} CPU s, {sample.rss / 1024:.0f} MiB", flush=True)

    results = {title: {name: median(values) for name, values in by_client.items()} for title, by_client in samples.items()}
    text = report(arguments, big, count, results, used) + "\n" + kept_tail(arguments.output)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(text)
    print(f"bench: written to {arguments.output}")
    shutil.rmtree(arguments.work)


if __name__ == "__main__":
    main()
