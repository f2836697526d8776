#!/usr/bin/env python3
"""Fails if a tracked text file names this or that machine, or a link leads nowhere.

 - no absolute path of a developer's machine, and no package registry's host name:
   the project must build anywhere, from whatever mirror the machine has;
 - relative links in Markdown lead to files that exist;
 - a decision record has a number, a title, a status and three sections.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SELF = "tools/check_docs.py"
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:work|root|home/(?!\w*(?:user|maria|joao|ana|you)\b)\w+|Users/\w+)/[\w.-]+")
REGISTRY = re.compile(
    r"\b(?:deb\.debian\.org|security\.debian\.org|ftp\.\w+\.debian\.org|archive\.ubuntu\.com|pypi\.org|"
    r"files\.pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org|"
    r"(?:static\.)?crates\.io|rubygems\.org|repo1?\.maven\.org|registry-1\.docker\.io|ghcr\.io|quay\.io)\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
SECTIONS = ("## Context", "## Decision", "## Consequences")


def tracked() -> list[str]:
    output = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return [name for name in output.decode().split("\0") if name]


def check_machine(name: str, text: str) -> list[str]:
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in ((MACHINE_PATH, "path of one machine"), (REGISTRY, "host name of a registry")):
            match = pattern.search(line)
            if match:
                problems.append(f"{name}:{number}: {what}: {match[0]}")
    return problems


def check_links(name: str, text: str) -> list[str]:
    problems = []
    outside_code = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S)
    for target in LINK.findall(outside_code):
        if re.match(r"[a-z]+:", target):
            continue
        if not (ROOT / name).parent.joinpath(target).exists():
            problems.append(f"{name}: link to {target}, which does not exist")
    return problems


def check_record(name: str, text: str) -> list[str]:
    problems = []
    number = pathlib.Path(name).name[:4]
    if not text.startswith(f"# {number}: "):
        problems.append(f'{name}: must begin with "# {number}: title"')
    if "\nStatus: " not in text:
        problems.append(f'{name}: has no "Status: " line')
    problems += [f'{name}: has no section "{section}"' for section in SECTIONS if f"\n{section}\n" not in text]
    return problems


def main() -> int:
    problems = []
    for name in tracked():
        path = ROOT / name
        if not path.is_file() or path.is_symlink() or name.startswith(("fuzz/seeds/", "tests/data/")):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if name != SELF:
            problems += check_machine(name, text)
        if name.endswith(".md"):
            problems += check_links(name, text)
        if re.fullmatch(r"docs/adr/\d{4}-.*\.md", name):
            problems += check_record(name, text)
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
