#!/usr/bin/env python3
"""One stream from a pipe to a bucket, client beside client, and plain curl as the floor.

Every measurement gets a server started from nothing. Called by bench/run.sh.
"""
import dataclasses
import pathlib
import shutil
import subprocess
import sys

from common import (BUCKET, ROOT, Sample, Server, clean_environment, first_line, kept_tail, machine, make_big, median, options, run_client,
                    table, write_client_configs)

FLOOR = "curl in 64 MiB parts"


@dataclasses.dataclass
class Client:
    """Reads the stream from its standard input, but for the floor, which reads the files of {parts}."""
    name: str
    version: list[str]
    command: list[str]


def clients(cofre: str) -> list[Client]:
    url = f"s3://{BUCKET}/stream"
    return [
        Client("cofre", [cofre, "version"], [cofre, "s3", "cp", "-", url, "--quiet"]),
        Client("rclone rcat", ["rclone", "version"],
               ["rclone", "--config", "{home}/rclone.conf", "rcat", f"rgw:{BUCKET}/stream"]),
        Client("aws s3 cp -", ["aws", "--version"],
               ["aws", "--endpoint-url", "{endpoint}", "s3", "cp", "-", url, "--expected-size", "{size}", "--only-show-errors"]),
        Client("s3cmd put -", ["s3cmd", "--version"], ["s3cmd", "--config", "{home}/s3cfg", "--no-progress", "--quiet", "put", "-", url]),
        Client(FLOOR, ["curl", "--version"], [str(ROOT / "bench/curl_parts.sh"), "{parts}", BUCKET, "stream"]),
    ]


def measure(client: Client, file: pathlib.Path, work: pathlib.Path) -> Sample:
    size = file.stat().st_size
    server = Server(work / "rgw", 2 * size + (2 << 30))
    try:
        home = work / "home"
        write_client_configs(home, server.settings)
        values = {"home": str(home), "endpoint": server.settings["AWS_ENDPOINT_URL_S3"], "size": str(size), "parts": str(work / "parts")}
        command = [part.format(**values) for part in client.command]
        with subprocess.Popen(["cat", file], stdout=subprocess.PIPE) as producer:
            sample = run_client(command, home, server.settings, work / "client.log", producer.stdout)
            producer.kill()
        check = subprocess.run(["bash", "-c", 'set -o pipefail; rclone --config "$1/rclone.conf" cat rgw:bench/stream | cmp - "$2"',
                                "check", home, file], check=False, env=clean_environment(home, server.settings))
        if check.returncode != 0:
            sys.exit(f"bench: what {client.name} stored is not what it was given")
        shutil.rmtree(home)
        return sample
    finally:
        server.stop()


def report(arguments, size: int, results: dict[str, Sample], used: list[Client]) -> str:
    floor = results.pop(FLOOR, None)
    lines = [
        "# A stream from a pipe", "",
        "<!-- Written by bench/stream.py; what is below the line \"Reading\" is kept. -->", "",
        f"{size / 2**20:.0f} MiB that do not compress, through a pipe into one object of a Ceph RADOS Gateway on the same machine. "
        "What was stored is compared byte for byte outside the measured time.", "",
        f"- Machine: {machine()}.",
        f"- Median of {arguments.rounds} interleaved rounds; CPU and RSS as in [benchmarks.md](benchmarks.md).",
        f"- Versions: {'; '.join(sorted({first_line(client.version) for client in used}))}.",
        f"- To repeat: `BENCH_SCALE={arguments.scale:g} BENCH_ROUNDS={arguments.rounds} make bench-stream`.", "",
        *table("stream, up", results)]
    if floor:
        own = results["cofre"]
        lines += [f"The floor, {FLOOR}, from a file and without hashing: {floor.wall:.1f} s, {floor.cpu:.1f} CPU s. "
                  f"Cofre took {own.wall / floor.wall:.2f} of its time and {own.cpu / (size / 2**30):.2f} CPU s per GiB.", ""]
    return "\n".join(lines)


def main() -> None:
    arguments = options("docs/benchmarks-stream.md").parse_args()
    size = int(4 * 2**30 * arguments.scale)
    shutil.rmtree(arguments.work, ignore_errors=True)
    print(f"bench: making {size / 2**20:.0f} MiB in {arguments.work}", flush=True)
    make_big(arguments.work / "data", size)
    file = arguments.work / "data/one.bin"
    (arguments.work / "parts").mkdir()
    subprocess.run(["split", "-b", "64M", "-d", "-a", "4", "--numeric-suffixes=1", file, f"{arguments.work}/parts/"], check=True)
    wanted = [name for name in arguments.clients.split(",") if name]
    used = [client for client in clients(arguments.cofre) if not wanted or client.name in wanted]
    samples: dict[str, list[Sample]] = {}
    for number in range(1, arguments.rounds + 1):
        for client in used:
            sample = measure(client, file, arguments.work)
            samples.setdefault(client.name, []).append(sample)
            print(f"round {number}: {client.name}: {sample.wall:.1f} s, {sample.cpu:.1f} CPU s, {sample.rss / 1024:.0f} MiB",
                  flush=True)
    results = {name: median(values) for name, values in samples.items()}
    text = report(arguments, size, results, used) + "\n" + kept_tail(arguments.output)
    arguments.output.write_text(text)
    print(f"bench: written to {arguments.output}")
    shutil.rmtree(arguments.work)


if __name__ == "__main__":
    main()
