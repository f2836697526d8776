"""What the repository benchmark backs up, made from fixed seeds."""
import abc
import pathlib
import random
import shutil

WORDS = [f"{a}{b}{c}" for a in ("ab", "con", "de", "ex", "in", "par", "re", "su") for b in ("ti", "la", "mo", "ver", "gen", "ca")
         for c in ("", "s", "r", "do", "mente", "ção")]


def prose(generator: random.Random, size: int) -> bytes:
    """Text that compresses about as text does."""
    pieces = []
    length = 0
    while length < size:
        sentence = " ".join(generator.choices(WORDS, k=12)) + f" {generator.randrange(100000)}.\n"
        pieces.append(sentence.encode())
        length += len(pieces[-1])
    return b"".join(pieces)[:size]


def mixed(generator: random.Random, size: int) -> bytes:
    """Of one kind: noise, text, or records with a little noise."""
    kind = generator.randrange(3)
    if kind == 0:
        return generator.randbytes(size)
    if kind == 1:
        return prose(generator, size)
    record = generator.randbytes(40) + bytes(24)
    return b"".join(record + generator.randbytes(8) for _ in range(size // 72 + 1))[:size]


class DataSet(abc.ABC):
    name = ""

    def __init__(self, folder: pathlib.Path, scale: float):
        self.folder, self.scale = folder / self.name, scale

    title = property(lambda self: self.describe())

    @abc.abstractmethod
    def describe(self) -> str: ...

    @abc.abstractmethod
    def make(self) -> None: ...

    @abc.abstractmethod
    def change(self) -> None:
        """What a day does to it."""

    @abc.abstractmethod
    def reset(self) -> None:
        """As it was made, so that the next program meets the same."""

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def remove(self) -> None:
        shutil.rmtree(self.folder)


class LargeFile(DataSet):
    name = "file"
    block = 1 << 20

    @property
    def blocks(self) -> int:
        return max(8, int(4096 * self.scale))

    def describe(self) -> str:
        return f"(a) one file of {self.blocks} MiB, mixed"

    def content(self, number: int, version: int) -> bytes:
        return mixed(random.Random(number * 16 + version), self.block)

    def make(self) -> None:
        self.folder.mkdir(parents=True)
        with open(self.folder / "image", "wb") as file:
            for number in range(self.blocks):
                file.write(self.content(number, 0))

    def put(self, version: int) -> None:
        with open(self.folder / "image", "r+b") as file:
            for number in random.Random(1).sample(range(self.blocks), max(1, self.blocks // 100)):
                file.seek(number * self.block)
                file.write(self.content(number, version))

    def change(self) -> None:
        self.put(1)

    def reset(self) -> None:
        self.put(0)


class SmallFiles(DataSet):
    name = "tree"

    @property
    def count(self) -> int:
        return max(100, int(100_000 * self.scale))

    def describe(self) -> str:
        return f"(b) {self.count} small files"

    def path(self, number: int) -> pathlib.Path:
        return self.folder / f"{number // 2500:03}" / f"{number // 50 % 50:02}" / f"file-{number}.dat"

    def write(self, number: int, version: int) -> None:
        generator = random.Random(number * 16 + version)
        size = min(int(generator.expovariate(1 / 16384)) + 1, 1 << 20)
        self.path(number).write_bytes(mixed(generator, size))

    def make(self) -> None:
        for number in range(self.count):
            self.path(number).parent.mkdir(parents=True, exist_ok=True)
            self.write(number, 0)

    def put(self, version: int) -> None:
        for number in random.Random(1).sample(range(self.count), self.count // 100):
            self.write(number, version)

    def change(self) -> None:
        self.put(1)

    def reset(self) -> None:
        self.put(0)


class Dumps(DataSet):
    """A table as SQL text; a day changes one row of fifty, here and there, and adds some."""
    name = "dumps"

    @property
    def rows(self) -> int:
        return max(1000, int(5_000_000 * self.scale))

    def describe(self) -> str:
        return f"(c) an SQL dump of {self.rows} rows, and the next day's"

    def write(self, version: int) -> None:
        changes = random.Random(99)
        with open(self.folder / "dump.sql", "w", encoding="utf-8") as file:
            file.write("CREATE TABLE orders (id bigint, client text, note text, total numeric);\nCOPY orders FROM stdin;\n")
            for number in range(self.rows + (self.rows // 50 if version else 0)):
                is_changed = changes.randrange(10_000) < 2 * 100 and number % 40_000 < 2_000
                generator = random.Random(number * 2 + (1 if version and is_changed else 0))
                note = " ".join(generator.choices(WORDS, k=14))
                file.write(f"{number}\tclient-{generator.randrange(10**9)}\t{note}\t{generator.randrange(10**7) / 100}\n")
            file.write("\\.\n")

    def make(self) -> None:
        self.folder.mkdir(parents=True)
        self.write(1)
        (self.folder / "dump.sql").rename(self.folder.parent / "second.sql")
        self.write(0)
        shutil.copy(self.folder / "dump.sql", self.folder.parent / "first.sql")

    def change(self) -> None:
        shutil.copy(self.folder.parent / "second.sql", self.folder / "dump.sql")

    def reset(self) -> None:
        shutil.copy(self.folder.parent / "first.sql", self.folder / "dump.sql")

    def remove(self) -> None:
        super().remove()
        for name in ("first.sql", "second.sql"):
            (self.folder.parent / name).unlink()


def data_sets(folder: pathlib.Path, scale: float, wanted: list[str]) -> list[DataSet]:
    return [kind(folder, scale) for kind in (LargeFile, SmallFiles, Dumps) if not wanted or kind.name in wanted]
