"""What the benchmarks share: throwaway servers, measured commands, tables."""
import argparse
import dataclasses
import os
import pathlib
import random
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


def clean_environment(home: pathlib.Path, settings: dict[str, str]) -> dict[str, str]:
    """Nothing of the user's own settings reaches a client."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
            "COFRE_STATE_DIR": str(home / "state"), **settings}


def run_client(command: list[str], home: pathlib.Path, settings: dict[str, str], log: pathlib.Path,
               stdin: int = subprocess.DEVNULL) -> Sample:
    """Wall, CPU and peak RSS of the client with its children; a failure ends the benchmark."""
    environment = clean_environment(home, settings)
    os.sync()  # What the one before left dirty must not be written on our time.
    numbers = home / "time"
    # A child's peak RSS starts from that of the process it was forked from, so
    # that must be a small one: time, not this interpreter.
    measured = ["/usr/bin/time", "-f", "%U %S %M", "-o", numbers, "--", *command]
    with open(log, "wb") as output:
        begin = time.monotonic()
        result = subprocess.run(measured, env=environment, cwd=home, stdin=stdin, stdout=output, stderr=output)
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


def kept_tail(path: pathlib.Path) -> str:
    """What a person wrote about the numbers."""
    text = path.read_text() if path.exists() else ""
    position = text.find("## Reading")
    return text[position:] if position >= 0 else "## Reading\n\nNothing has been written about these numbers yet.\n"


def options(output: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cofre", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / output)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="", help="comma-separated names; all if empty")
    return parser
