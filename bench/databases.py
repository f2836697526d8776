#!/usr/bin/env python3
"""PostgreSQL dumps: cofre beside what people glue together, one server, one RADOS Gateway.

The database is pgbench's at scale 100 and a table of text and jsonb. Each way runs in
turn, in every round; after the rounds 5 % of the rows are updated, first side by side,
then one in twenty, and cofre and restic dump again. Called by bench/run.sh.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

from common import BUCKET, Sample, Server, first_line, kept_tail, machine, median, options, ratio, run_client

PROGRAMS = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
PASSWORD = "for-the-benchmark"
DATABASE = "bench"
TABLES = [("pgbench_accounts", "aid", "abalance = abalance + 1"), ("notes", "id", "body = body || ' edited'")]


class Postgres:
    """A throwaway server on a socket, owned by the user postgres."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.chown(folder, "postgres", "postgres")
        self.write_pgbackrest()
        self.run("initdb", "-D", folder / "data", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8")
        self.process = subprocess.Popen(
            self.as_postgres(PROGRAMS / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off",
                             "-c", "shared_buffers=512MB", "-c", "max_wal_size=8GB", "-c", "autovacuum=off"),
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", folder], check=False).returncode != 0:
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit("bench: PostgreSQL does not start")
            time.sleep(0.1)
        subprocess.run(self.pgbackrest("stanza-create"), check=True, cwd=folder)

    def write_pgbackrest(self) -> None:
        """A stanza whose repository is a folder: its S3 needs TLS, which the throwaway gateway has not."""
        (self.folder / "pgbackrest.conf").write_text(
            f"[global]\nrepo1-path={self.folder}/backrest\nlog-path={self.folder}\nlock-path={self.folder}\nlog-level-console=warn\n"
            "compress-type=zst\ncompress-level=3\nprocess-max=2\narchive-check=n\nstart-fast=y\n"
            f"[bench]\npg1-path={self.folder}/data\npg1-socket-path={self.folder}\npg1-user=postgres\n")

    def pgbackrest(self, *arguments) -> list[str]:
        return self.as_postgres("pgbackrest", f"--config={self.folder}/pgbackrest.conf", "--stanza=bench", *arguments)

    def as_postgres(self, *command) -> list[str]:
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *map(str, command)]

    def run(self, program: str, *arguments) -> None:
        subprocess.run(self.as_postgres(PROGRAMS / program, *arguments), check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def sql(self, database: str, text: str) -> str:
        result = subprocess.run([PROGRAMS / "psql", "-X", "-q", "-A", "-t", "-h", self.folder, "-U", "postgres", "-d", database,
                                 "-v", "ON_ERROR_STOP=1", "-c", text], check=True, capture_output=True, text=True)
        return result.stdout.strip()

    def fill(self, scale: float) -> None:
        self.sql("postgres", f"CREATE DATABASE {DATABASE}")
        subprocess.run([PROGRAMS / "pgbench", "-h", self.folder, "-U", "postgres", "-i", "-q", "-s", str(max(1, int(100 * scale))), DATABASE],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rows = max(1000, int(1_000_000 * scale))
        self.sql(DATABASE, f"""SELECT setseed(0.5); CREATE TABLE notes AS SELECT i AS id, md5(i::text) || repeat(' lorem ipsum', (random() * 20)::int) AS body,
                 jsonb_build_object('n', i, 'tag', md5((i / 100)::text), 'at', now(), 'list', array[i, i + 1, i + 2]) AS data
                 FROM generate_series(1, {rows}) i; ALTER TABLE notes ADD PRIMARY KEY (id); VACUUM ANALYZE""".replace("; VACUUM ANALYZE", ""))

    def update_neighbours(self) -> None:
        """5 % of the rows that lie together, as when the last weeks' orders change."""
        for table, key, change in TABLES:
            last = int(self.sql(DATABASE, f"SELECT max({key}) FROM {table}"))
            self.sql(DATABASE, f"UPDATE {table} SET {change} WHERE {key} > {last * 19 // 20}")

    def update_into_gaps(self) -> None:
        """As above, but VACUUM has listed what is free in each page: rows of many lengths are moved to all of them."""
        for table, key, change in TABLES:
            self.sql(DATABASE, f"VACUUM {table}")
            last = int(self.sql(DATABASE, f"SELECT max({key}) FROM {table}"))
            self.sql(DATABASE, f"UPDATE {table} SET {change} WHERE {key} <= {last // 20}")

    def update_spread(self) -> None:
        """Every twentieth row: nearly every megabyte of the table changes."""
        for table, key, change in TABLES:
            self.sql(DATABASE, f"UPDATE {table} SET {change} WHERE {key} % 20 = 0")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def ways(cofre: str, server: Server, postgres: Postgres) -> dict[str, list[str]]:
    """Name: command. {work} is a folder that is emptied before."""
    socket = postgres.folder
    dump = f"{PROGRAMS}/pg_dump -h {socket} -U postgres"
    url = f"postgres://postgres@/{DATABASE}?host={str(socket).replace('/', '%2F')}"
    aws = f"aws --endpoint-url {server.settings['AWS_ENDPOINT_URL_S3']} s3 cp --only-show-errors"
    shell = ["bash", "-o", "pipefail", "-c"]
    plain = [cofre, "--quiet", "backup", url, "--to", f"s3://{BUCKET}/plain", "--layout", "objects", "--compression", "zstd"]
    return {
        "pg_dump > /dev/null": [*shell, f"{dump} {DATABASE} > /dev/null"],
        "pg_dump | zstd -T2 > /dev/null": [*shell, f"{dump} {DATABASE} | zstd -q -T2 > /dev/null"],
        "pg_dump | zstd -T0 | aws s3 cp -": [*shell, f"{dump} {DATABASE} | zstd -q -T0 | {aws} - s3://{BUCKET}/pipe.zst"],
        "pg_dump -Fc, then aws s3 cp": [*shell, f"{dump} -Fc -f {{work}}/x.dump {DATABASE} && {aws} {{work}}/x.dump s3://{BUCKET}/x.dump"],
        "cofre, one object": [*plain, "--no-row-counts"],
        "cofre, one object, rows counted": plain,
        "cofre, repository": [cofre, "--quiet", "backup", url, "--to", "{repo}", "--no-row-counts"],
        "cofre, repository, by table, 2 jobs": [cofre, "--quiet", "backup", url, "--to", "{repo}", "--no-row-counts", "--dump-jobs", "2"],
        "pgBackRest, full, to a folder": postgres.pgbackrest("backup", "--type=full"),
        "pg_dump | restic --stdin": [*shell, f"{dump} {DATABASE} | restic -q -r {{restic}} backup --stdin"],
    }


def folder_bytes(folder: pathlib.Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = arguments.work
        self.home = self.work / "home"
        self.home.mkdir(parents=True)
        self.server = Server(self.work / "rgw", int(8e9 * arguments.scale) + (2 << 30))
        self.postgres = Postgres(pathlib.Path("/tmp") / f"cofre-bench-pg-{os.getpid()}")

    def settings(self) -> dict[str, str]:
        return {**self.server.settings, "COFRE_PASSWORD": PASSWORD, "RESTIC_PASSWORD": PASSWORD}

    def measure(self, command: list[str]) -> Sample:
        values = {"work": self.work / "tmp", "repo": f"file://{self.work}/repo", "restic": self.work / "restic"}
        (self.work / "tmp").mkdir(exist_ok=True)
        sample = run_client([part.format(**values) for part in command], self.home, self.settings(), self.work / "log")
        shutil.rmtree(self.work / "tmp")
        return sample

    def new_repositories(self) -> None:
        for name in ("repo", "restic"):
            shutil.rmtree(self.work / name, ignore_errors=True)
        environment = {**os.environ, **self.settings(), "HOME": str(self.home)}
        subprocess.run([self.arguments.cofre, "--quiet", "init", "--repo", f"file://{self.work}/repo"], check=True, env=environment)
        subprocess.run(["restic", "-q", "-r", self.work / "restic", "init"], check=True, env=environment, stdout=subprocess.DEVNULL)

    def run(self) -> list[str]:
        self.postgres.fill(self.arguments.scale)
        size = int(self.postgres.sql(DATABASE, f"SELECT pg_database_size('{DATABASE}')"))
        commands = ways(self.arguments.cofre, self.server, self.postgres)
        samples: dict[str, list[Sample]] = {name: [] for name in commands}
        for number in range(1, self.arguments.rounds + 1):
            for name, command in commands.items():
                self.new_repositories()
                samples[name].append(self.measure(command))
                print(f"round {number}: {name}: {samples[name][-1]}", flush=True)
        return [*self.table(size, {name: median(all_of) for name, all_of in samples.items()}), *self.second_day(commands)]

    def table(self, size: int, results: dict[str, Sample]) -> list[str]:
        floor = results["pg_dump | zstd -T2 > /dev/null"].wall
        lines = [f"### One dump of {size / 1e6:,.0f} MB of database", "", "| way | wall s | to the floor | CPU s | peak RSS MiB |", "|---|---:|---:|---:|---:|"]
        for name, sample in results.items():
            lines.append(f"| {name} | {sample.wall:.1f} | {ratio(sample.wall, floor)} | {sample.cpu:.1f} | {sample.rss / 1024:.0f} |")
        single, parallel = results["cofre, repository"], results["cofre, repository, by table, 2 jobs"]
        return [*lines, "", f"The floor is `pg_dump | zstd -T2 > /dev/null`. By table with two jobs: {ratio(single.wall, parallel.wall)} times as fast as one stream.", ""]

    def second_day(self, commands: dict[str, list[str]]) -> list[str]:
        self.new_repositories()
        steps = {"cofre, repository by table": (commands["cofre, repository, by table, 2 jobs"], self.work / "repo"),
                 "restic": (commands["pg_dump | restic --stdin"], self.work / "restic")}
        days = [("first day", None), ("5 % of the rows, side by side", self.postgres.update_neighbours),
                ("the same after a VACUUM", self.postgres.update_into_gaps),
                ("5 % of the rows, every twentieth", self.postgres.update_spread)]
        stored: dict[str, list[int]] = {name: [] for name in steps}
        for _, change in days:
            if change is not None:
                change()
            for name, (command, folder) in steps.items():
                self.measure(command)
                stored[name].append(folder_bytes(folder))
        lines = ["### What another day adds", "", "| what was updated | " + " | ".join(f"{name}, MB | of the first" for name in steps) + " |",
                 "|---|" + "---:|" * (2 * len(steps))]
        for number, (title, _) in enumerate(days):
            cells = []
            for sizes in stored.values():
                added = sizes[number] - (sizes[number - 1] if number else 0)
                cells.append(f"{added / 1e6:.1f} | {added / sizes[0]:.0%}")
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
        return [*lines, ""]

    def stop(self) -> None:
        self.postgres.stop()
        self.server.stop()


def main() -> None:
    arguments = options("docs/benchmarks-databases.md").parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    bench = Bench(arguments)
    try:
        sections = bench.run()
    finally:
        bench.stop()
    head = ["# Databases", "", "<!-- Written by bench/databases.py; what is below the line \"Reading\" is kept. -->", "",
            f"- Machine: {machine()}. The database server, the S3 server and the client share it.",
            f"- Median of {arguments.rounds} interleaved rounds; CPU and RSS (of the largest process) of the client with its children, `pg_dump` among them.",
            f"- Versions: {first_line([arguments.cofre, 'version'])}; {first_line([str(PROGRAMS / 'pg_dump'), '--version'])}; {first_line(['restic', 'version'])}; {first_line(['pgbackrest', 'version'])}.",
            f"- To repeat: `BENCH_SCALE={arguments.scale:g} BENCH_ROUNDS={arguments.rounds} make bench-databases`.", ""]
    arguments.output.write_text("\n".join([*head, *sections]) + "\n" + kept_tail(arguments.output))
    print(f"bench: written to {arguments.output}")
    shutil.rmtree(arguments.work)


if __name__ == "__main__":
    main()
