"""Rewrites real pyproject.toml files, of sdists on PyPI, by random legal plans.

    python benchmarks/roundtrip.py [--slice N] [--plans N] [--cache FOLDER] [--report FILE]

For each of the projects in roundtrip.txt the newest sdist's pyproject.toml is read, and rewritten
by random plans: requirements leave base for new extras, extras are divided and become aliases,
requirements are added, images recorded. Held, each by a way of its own:

- bytes outside the touched arrays and the new keys are the same;
- the result parses, by tomllib and tomlkit, to the same values;
- every requirement string is there exactly once outside aliases, and every comment is there;
- a second run gives the same text.

Exit code 1 where one of them does not hold. The index is the one that pip is configured with.
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import random
import re
import subprocess
import sys
import tarfile
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit
from packaging.utils import canonicalize_name, parse_sdist_filename

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from extrasplit.errors import ExtrasplitError
from extrasplit.project.declared import BASE, Project
from extrasplit.project.pyproject import read_project
from extrasplit.rewrite.pyproject import refusal, rewrite_pyproject
from extrasplit.split.plan import Plan
from support.plans import plan_of, settled, variant

NAMES = Path(__file__).with_suffix(".txt")
LARGEST_SDIST_BYTES = 15_000_000


@dataclass
class Tally:
    """What was found over all files."""

    read: int = 0
    rewritten: int = 0
    plans: int = 0
    moved: int = 0
    comments: int = 0
    tomlkit_differs: list[str] = field(default_factory=list)
    """Files whose bytes tomlkit changes by parsing and writing them, nothing edited."""
    left_out: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    forms: Counter[str] = field(default_factory=Counter)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--slice", type=int, default=0, help="only the first N projects")
    parser.add_argument("--plans", type=int, default=10, help="random plans for each file")
    parser.add_argument("--cache", type=Path, help="keep the files that were read here")
    parser.add_argument("--report", type=Path, help="write the table to this file")
    options = parser.parse_args()
    names = [line for line in NAMES.read_text().splitlines() if line and line[0] != "#"]
    tally = Tally()
    for name, found in fetch_all(names[: options.slice or None], options.cache):
        if isinstance(found, str):
            tally.left_out[name] = found
        else:
            round_trip(name, found, options.plans, tally)
    table = render(tally)
    print(table)
    if options.report:
        options.report.write_text(table, encoding="utf-8")
    return 1 if tally.faults or not tally.rewritten else 0


def round_trip(name: str, data: bytes, plans: int, tally: Tally) -> None:
    """Rewrite one file by several plans and note what does not hold."""
    tally.read += 1
    try:
        project = read_project(data, Path("/project"))
    except ExtrasplitError as error:
        tally.left_out[name] = str(error).partition("(")[0].removeprefix("/project/")
        return
    reason = refusal(project)
    if reason or not project.requirements:
        tally.left_out[name] = reason or "no requirement"
        return
    text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")
    tally.forms.update(forms_of(text, project))
    if tomlkit.dumps(tomlkit.parse(text)) != text:
        tally.tomlkit_differs.append(name)
    tally.rewritten += 1
    for seed in range(plans):
        plan = random_plan(project, random.Random(f"{name} {seed}"))
        tally.plans += 1
        tally.moved += len(plan.moves)
        try:
            result = rewrite_pyproject(text, project, plan)
            faults = list(compare(text, result, project, plan))
        except Exception as error:
            faults = [f"{type(error).__name__}: {error}"]
        tally.comments += sum(1 for _ in comments_of(text))
        tally.faults += [f"{name}, plan {seed}: {fault}" for fault in faults]


def random_plan(project: Project, chance: random.Random) -> Plan:
    """Return a plan as `split` may make one: no group mixes the homes of two extras."""
    moves: dict[str | tuple[str, int], str] = {}
    aliases: dict[str, list[str]] = {}
    new = [name for name in ("extrasplit-a", "extrasplit-b") if name not in project.extras]
    for requirement in project.base:
        if chance.random() < 0.4:
            moves[requirement.home, requirement.index] = chance.choice(new)
    for name, extra in project.extras.items():
        if not extra.requirements or extra.includes or chance.random() < 0.5:
            continue
        for requirement in extra.requirements:
            piece = chance.choice((f"{name}-core", f"{name}-advanced"))
            moves[name, requirement.index] = piece
        pieces = {to for (home, _), to in moves.items() if home == name}  # type: ignore[misc]
        aliases[name] = sorted(pieces)
    add = {"extrasplit-added>=1.2": chance.choice([BASE, new[0]])}
    images = [variant("app"), variant("app-full", [new[0]], entrypoints=["app"])]
    return plan_of(project, moves, add=add, aliases=aliases, variants=images)


def compare(before: str, after: str, project: Project, plan: Plan) -> Iterator[str]:
    """Yield what does not hold."""
    old, new = tomllib.loads(before.lstrip("\ufeff")), tomllib.loads(after.lstrip("\ufeff"))
    if Counter(requirements_of(new)) != Counter(requirements_of(old)) + Counter(
        ["extrasplit-added>=1.2"]
    ):
        yield "a requirement was lost, changed or doubled"
    if Counter(comments_of(before)) != Counter(comments_of(after)):
        yield "a comment was lost, changed or doubled"
    if tomlkit.parse(after.lstrip("\ufeff")).unwrap() != new:
        yield "tomllib and tomlkit read it in two ways"
    touched = {requirement.home for requirement in project.requirements} | {BASE}
    if not is_spliced(before, after, [name_of(project, home) for home in touched]):
        yield "bytes outside the touched arrays differ"
    again = read_project(after.encode(), Path("/project"))
    if rewrite_pyproject(after, again, settled(again, plan)) != after:
        yield "a second run changes it"


def name_of(project: Project, home: str) -> str:
    return project.extras[canonicalize_name(home)].written if home else "dependencies"


def is_spliced(before: str, after: str, touched: Sequence[str]) -> bool:
    """Whether `after` holds all of `before` but the touched arrays, in order, to the byte.

    This looks at lines, and knows nothing of the offsets by which the text was edited: what is
    left of `before` between its touched arrays must be found in `after`, piece by piece.
    """
    names = "|".join(re.escape(name) for name in touched)
    opening = re.compile(rf"(?:^|[.\s{{,])[\"']?(?:{names})[\"']?\s*=\s*\[", re.MULTILINE)
    pieces, at = [], 0
    while found := opening.search(before, at):
        pieces.append(before[at : found.end()])
        at = end_of_array(before, found.end())
    pieces.append(before[at:])
    position = 0
    for piece in pieces:
        for part in piece.splitlines(keepends=True):
            # a new key may stand between two lines, never within one
            position = after.find(part.rstrip("\r\n"), position)
            if position < 0:
                return False
            position += len(part.rstrip("\r\n"))
    return True


def end_of_array(text: str, at: int) -> int:
    """Return where the array that was opened before `at` is closed."""
    token = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*|[\[\]]|[^\"'#\[\]]+|.", re.DOTALL)
    depth = 1
    while depth:
        found = token.match(text, at)
        assert found, "an array without an end"
        depth += {"[": 1, "]": -1}.get(found[0], 0)
        at = found.end()
    return at - 1


def requirements_of(document: dict[str, Any]) -> Iterator[str]:
    project = document["project"]
    own = re.compile(rf"{re.escape(project['name'])}\s*\[", re.IGNORECASE)
    for array in (
        project.get("dependencies", []),
        *project.get("optional-dependencies", {}).values(),
    ):
        yield from (text for text in array if not own.match(text))


def comments_of(text: str) -> Iterator[str]:
    """Yield every comment; strings of one line are passed over."""
    token = re.compile(
        r'"""(?:\\.|(?!""").)*"{3,5}|\'\'\'(?:(?!\'\'\').)*\'{3,5}'
        r"|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\r\n]*",
        re.DOTALL,
    )
    yield from (found[0].rstrip() for found in token.finditer(text) if found[0].startswith("#"))


def forms_of(text: str, project: Project) -> Iterator[str]:
    """Name what is special in how a file is written."""
    if "\r\n" in text:
        yield "CRLF"
    if text.startswith("\ufeff"):
        yield "byte order mark"
    if re.search(r"^optional-dependencies\s*\.", text, re.MULTILINE):
        yield "dotted extras"
    if re.search(r"^optional-dependencies\s*=\s*\{", text, re.MULTILINE):
        yield "inline extras"
    if re.search(r"^(dependencies|[\w-]+)\s*=\s*\[[^\]\n]+\]$", text, re.MULTILINE):
        yield "one-line arrays"
    if not project.extras:
        yield "no extras"
    if any(extra.includes for extra in project.extras.values()):
        yield "aliases"


def fetch_all(names: Sequence[str], cache: Path | None) -> Iterator[tuple[str, bytes | str]]:
    """Yield each project's pyproject.toml, or why there is none."""
    index = index_url()
    with ThreadPoolExecutor(4) as pool:
        yield from zip(names, pool.map(lambda name: fetch(index, name, cache), names), strict=True)


def fetch(index: str, name: str, cache: Path | None) -> bytes | str:
    """Return the newest sdist's pyproject.toml, read while it is downloaded."""
    kept = cache / f"{name}.toml" if cache else None
    if kept and kept.exists():
        return kept.read_bytes() or "no pyproject.toml in its sdist"
    try:
        url = newest_sdist(index, name)
        data = read_from_sdist(url) if url else b""
    except (urllib.error.URLError, OSError, tarfile.TarError) as error:
        return f"not fetched: {error}"
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
    return data or "no pyproject.toml in its sdist"


def newest_sdist(index: str, name: str) -> str | None:
    """Return the address of the newest final sdist, by the JSON form of the simple API."""
    page = urllib.parse.urljoin(index.rstrip("/") + "/", f"{name}/")
    request = urllib.request.Request(
        page, headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    found = []
    for file in files:
        if file["filename"].endswith(".tar.gz") and not file.get("yanked"):
            try:
                version = parse_sdist_filename(file["filename"])[1]
            except ValueError:
                continue
            if not version.is_prerelease and file.get("size", 0) < LARGEST_SDIST_BYTES:
                found.append((version, file["url"]))
    return urllib.parse.urljoin(page, max(found)[1]) if found else None


def read_from_sdist(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=120) as answer:
        data = answer.read()
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            if member.name.count("/") == 1 and member.name.endswith("/pyproject.toml"):
                stream = archive.extractfile(member)
                return stream.read() if stream else b""
    return b""


def index_url() -> str:
    """Return the index that pip uses: as configured, else its own default."""
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if configured:
        return configured
    from pip._internal.models.index import PyPI

    return str(PyPI.simple_url)


def render(tally: Tally) -> str:
    """Return the table in Markdown."""
    reasons = Counter(re.sub(r"^pyproject\.toml\S* ", "", r) for r in tally.left_out.values())
    lines = [
        "# Round trip of real pyproject.toml files",
        "",
        f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, `python benchmarks/roundtrip.py`",
        "",
        "| what | number |",
        "|---|---|",
        f"| files read | {tally.read} |",
        f"| rewritten | {tally.rewritten} |",
        f"| random plans | {tally.plans} |",
        f"| requirements moved | {tally.moved} |",
        f"| comments held | {tally.comments} |",
        f"| faults | {len(tally.faults)} |",
        f"| files that tomlkit alone changes, nothing edited | {len(tally.tomlkit_differs)} |",
        *(f"| with {form} | {count} |" for form, count in tally.forms.most_common()),
        *(f"| left out: {reason} | {count} |" for reason, count in reasons.most_common()),
    ]
    if tally.faults:
        lines += ["", "## Faults", "", *(f"- {fault}" for fault in tally.faults)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
