#!/usr/bin/env python3
"""Runs S3 clients side by side on one kind of server, and writes the comparison.

Every measurement gets a server started from nothing with an empty store, so that
no client pays for what another left behind. Rounds are interleaved: each client
runs once before any runs again. Called by bench/run.sh.
"""
import argparse
import dataclasses
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUCKET = "bench"


@dataclasses.dataclass
class Sample:
    wall: float
    cpu: float
    rss: int  # KiB, of the largest process of the client.


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


class Server:
    """One throwaway RADOS Gateway."""

    def __init__(self, folder: pathlib.Path, store_bytes: int):
        self.folder = folder
        environment = dict(os.environ, RGW_STORE_BYTES=str(store_bytes))
        subprocess.run([ROOT / "tools/rgw-up.sh", folder, BUCKET], check=True, env=environment, stdout=subprocess.DEVNULL)
        self.settings = {}
        for line in (folder / "s3.env").read_text().splitlines():
            name, value = line.removeprefix("export ").split("=", 1)
            self.settings[name] = value

    def stop(self) -> None:
        subprocess.run([ROOT / "tools/rgw-down.sh", self.folder, "--remove"], check=True)


def write_client_configs(home: pathlib.Path, settings: dict[str, str]) -> None:
    endpoint = settings["AWS_ENDPOINT_URL_S3"]
    key, secret = settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"]
    host = endpoint.removeprefix("http://")
    home.mkdir(parents=True, exist_ok=True)
    (home / "rclone.conf").write_text(
        f"[rgw]\ntype = s3\nprovider = Ceph\naccess_key_id = {key}\nsecret_access_key = {secret}\nendpoint = {endpoint}\n")
    (home / "s3cfg").write_text(
        f"[default]\naccess_key = {key}\nsecret_key = {secret}\nhost_base = {host}\nhost_bucket = {host}\n"
        "use_https = False\nsignature_v2 = False\nbucket_location = us-east-1\n")


def run_client(command: list[str], home: pathlib.Path, settings: dict[str, str], log: pathlib.Path) -> Sample:
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
                   "COFRE_STATE_DIR": str(home / "state"), **settings}
    os.sync()  # What the one before left dirty must not be written on our time.
    numbers = home / "time"
    # A child's peak RSS starts from that of the process it was forked from, so
    # that must be a small one: time, not this interpreter.
    measured = ["/usr/bin/time", "-f", "%U %S %M", "-o", numbers, "--", *command]
    with open(log, "wb") as output:
        begin = time.monotonic()
        result = subprocess.run(measured, env=environment, cwd=home, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        wall = time.monotonic() - begin
    if result.returncode != 0:
        sys.exit(f"bench: {' '.join(command)}\nexit status {result.returncode}:\n{log.read_text(errors='replace')[-3000:]}")
    user, system, rss = numbers.read_text().split()
    return Sample(wall, float(user) + float(system), int(rss))


def make_big(folder: pathlib.Path, size: int) -> None:
    folder.mkdir(parents=True)
    generator = random.Random(4)
    with open(folder / "one.bin", "wb") as file:
        while size > 0:
            block = generator.randbytes(min(size, 1 << 20))
            file.write(block)
            size -= len(block)


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


def median(samples: list[Sample]) -> Sample:
    return Sample(statistics.median(s.wall for s in samples), statistics.median(s.cpu for s in samples),
                  int(statistics.median(s.rss for s in samples)))


def ratio(own: float, best: float) -> str:
    return f"{own / best:.2f}" if best > 0 else "-"


def table(title: str, results: dict[str, Sample]) -> list[str]:
    peers = [sample for name, sample in results.items() if name != "cofre"]
    best = Sample(min(p.wall for p in peers), min(p.cpu for p in peers), min(p.rss for p in peers))
    rclone = results["rclone"].cpu if "rclone" in results else 0.0
    lines = [f"### {title}", "",
             "| client | wall s | to fastest peer | CPU s | to least peer | to rclone | peak RSS MiB | to least peer |",
             "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for name, sample in results.items():
        lines.append(f"| {name} | {sample.wall:.1f} | {ratio(sample.wall, best.wall)} | {sample.cpu:.1f} | "
                     f"{ratio(sample.cpu, best.cpu)} | {ratio(sample.cpu, rclone)} | {sample.rss / 1024:.0f} | {ratio(sample.rss, best.rss)} |")
    return [*lines, ""]


def machine() -> str:
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 2**20
    system = next((line.split("=", 1)[1].strip('"') for line in pathlib.Path("/etc/os-release").read_text().splitlines()
                   if line.startswith("PRETTY_NAME=")), "unknown system")
    return f"{os.cpu_count()} processors ({model}), {memory:.0f} GiB of memory, {system}, Linux {os.uname().release.split('-')[0]}"


def first_line(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"})
    return (result.stdout or result.stderr).strip().splitlines()[0]


def report(arguments, big: int, count: int, results: dict[str, dict[str, Sample]], used: list[Client]) -> str:
    versions = sorted({first_line(client.version) for client in used})
    command = f"BENCH_SCALE={arguments.scale:g} BENCH_ROUNDS={arguments.rounds} make bench"
    lines = [
        "# Benchmarks", "",
        "<!-- Written by bench/measure.py; what is below the line \"Reading\" is kept. -->", "",
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


def kept_tail(path: pathlib.Path) -> str:
    """What a person wrote about the numbers."""
    text = path.read_text() if path.exists() else ""
    position = text.find("## Reading")
    return text[position:] if position >= 0 else "## Reading\n\nNothing has been written about these numbers yet.\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cofre", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="", help="comma-separated names; all if empty")
    arguments = parser.parse_args()

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
