"""The sample project, proven from end to end: broken as it is, whole after `apply --write`.

Then once more from the start with `unlock --write` before it: what the unlocks promised is held
against what is measured.

    python benchmarks/verified.py [--image] [--report FILE]

A copy of the sample is verified (its command line must fail, and `rich` be named), rewritten,
and verified again; with `--image`, its images are built, started and measured too, by the engine
that the environment names. Exit code 1 where something does not hold that must.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[1] / "sample_project"
INSTALLED_SHARE = 0.005
IMAGE_SHARE = 0.02
UNLOCKED_SHARE = 0.01
"""By how much a prediction may be off, of what is measured."""

Report = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--image", action="store_true", help="build and start the images too")
    parser.add_argument("--report", type=Path, help="write the tables to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="extrasplit-verified-") as folder:
        project = copy(Path(folder) / "sample")
        before, first = verify(project)
        promised = {v["name"]: v for v in suggest(project)["variants"]}
        run("apply", "--write", str(project), "--quiet")
        after, second = verify(project, *(["--image"] if options.image else []))
        project = copy(Path(folder) / "unlocked")
        for command in ("unlock", "apply"):
            run(command, "--write", str(project), "--quiet")
        unlocked, third = verify(project)
    faults = [*faults_before(before, first), *faults_after(after, second, image=options.image)]
    faults += [*faults_after(unlocked, third, image=False), *faults_unlocked(promised, unlocked)]
    text = render(before, after, faults, image=options.image)
    text = text.replace("## What must hold", "\n".join(kept_promises(promised, unlocked)))
    print(text)
    if options.report:
        options.report.write_text(text, encoding="utf-8")
    return 1 if faults else 0


def copy(project: Path) -> Path:
    return shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns(".venv", "uv.lock"))


def suggest(project: Path) -> Report:
    report: Report = json.loads(run("suggest", str(project), "--format", "json", "--quiet").stdout)
    return report


def verify(project: Path, *options: str) -> tuple[Report, int]:
    done = run("verify", str(project), "--format", "json", *options, fails=True)
    report: Report = json.loads(done.stdout)
    return report, done.returncode


def run(*words: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "extrasplit", *words],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode > int(fails):
        raise SystemExit(f"extrasplit {' '.join(words)} ended with {done.returncode}")
    return done


def faults_before(report: Report, exit_code: int) -> Iterator[str]:
    """Yield what should be wrong with the sample as it is, and was not found."""
    found = [f for f in report["findings"] if f["kind"] == "broken"]
    if exit_code != 1:
        yield f"verify ended with {exit_code} on the broken sample"
    if [(f["entrypoint"], f["distribution"]) for f in found] != [("inventory", "rich")]:
        yield f"not just the missing rich was found: {[f['message'] for f in found]}"


def faults_after(report: Report, exit_code: int, *, image: bool) -> Iterator[str]:
    """Yield what does not hold once the plan was applied."""
    if exit_code:
        yield f"verify ended with {exit_code} after apply"
    levels = ("env", "image") if image else ("env",)
    for level in levels:
        results = [r for r in report["results"] if r["level"] == level]
        if not results:
            yield f"nothing was started at level {level}"
        for r in results:
            if r["verdict"] != "passed":
                yield f"{r['entrypoint']} in {r['variant']} ({level}): {r['reason']}"
    for size in report["sizes"]:
        for what, share in (("installed_bytes", INSTALLED_SHARE), ("image_bytes", IMAGE_SHARE)):
            figure = size[what]
            if figure and abs(figure["predicted"] - figure["measured"]) > (
                share * figure["measured"]
            ):
                yield f"{what} of {size['variant']}: {figure}"
    if image and not any(size["image_bytes"] for size in report["sizes"]):
        yield "no image was measured"


def faults_unlocked(promised: Report, report: Report) -> Iterator[str]:
    """Yield what the unlocks promised of the images, and did not keep.

    An image without unlocks of its own may become smaller too: what leaves base leaves it as well.
    """
    if all(v["unlocked_bytes"] == v["installed_bytes"] for v in promised.values()):
        yield "no unlock promised anything"
    for size in report["sizes"]:
        measured = size["installed_bytes"]["measured"]
        if size["variant"] in promised:
            foretold = promised[size["variant"]]["unlocked_bytes"]
            unlocks = foretold < promised[size["variant"]]["installed_bytes"]
            off = measured - foretold
            if (abs(off) if unlocks else off) > UNLOCKED_SHARE * measured:
                yield f"{size['variant']} unlocked: {foretold} promised, {measured} measured"


def render(before: Report, after: Report, faults: list[str], *, image: bool) -> str:
    """Return the tables in Markdown."""
    command = "python benchmarks/verified.py" + (" --image" if image else "")
    target = after["target"]
    date = f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}"
    host = f"Python {target['python']}, {target['platform']}"
    lines = [
        "# The sample project, proven",
        "",
        f"{date}, `{command}`; environments: {host}. Images are foretold anew for what they hold.",
        "",
        "## As it is",
        "",
        *started(before),
        "## After `extrasplit apply --write`",
        "",
        *started(after),
        *sizes(after),
        *layers(after),
        "## What must hold",
        "",
        *([f"- FAULT: {fault}" for fault in faults] or ["All of it does."]),
    ]
    return "\n".join(lines) + "\n"


def kept_promises(promised: Report, unlocked: Report) -> Iterator[str]:
    """Yield the section of what `unlock --write` buys, and the heading after it."""
    yield "## After `extrasplit unlock --write` and `extrasplit apply --write`"
    yield ""
    yield from started(unlocked)
    yield "| variant | planned, MB | promised with all unlocks, MB | measured, MB | off by |"
    yield "|---|--:|--:|--:|--:|"
    for size in unlocked["sizes"]:
        one = promised.get(size["variant"])
        measured = size["installed_bytes"]["measured"]
        if one is None:
            yield f"| {size['variant']} | | | {measured / 1e6:.2f} | |"
            continue
        off = (one["unlocked_bytes"] - measured) / measured
        yield (
            f"| {size['variant']} | {one['installed_bytes'] / 1e6:.2f} "
            f"| {one['unlocked_bytes'] / 1e6:.2f} | {measured / 1e6:.2f} | {off:+.3%} |"
        )
    yield ""
    yield "## What must hold"


def started(report: Report) -> Iterator[str]:
    yield "| variant | entrypoint | level | verdict | s | s, with everything | imported | why |"
    yield "|---|---|---|---|--:|--:|--:|---|"
    for r in report["results"]:
        before = "" if r["before_seconds"] is None else f"{r['before_seconds']:.2f}"
        yield (
            f"| {r['variant']} | {r['entrypoint']} | {r['level']} | {r['verdict']} "
            f"| {r['seconds']:.2f} | {before} | {len(r['imported'])} | {r['reason']} |"
        )
    yield ""


def sizes(report: Report) -> Iterator[str]:
    yield "| variant | what | predicted, MB | measured, MB | off by |"
    yield "|---|---|--:|--:|--:|"
    for size in report["sizes"]:
        for name in ("installed", "image"):
            figure = size[f"{name}_bytes"]
            if figure:
                off = (figure["predicted"] - figure["measured"]) / figure["measured"]
                yield (
                    f"| {size['variant']} | {name} | {figure['predicted'] / 1e6:.2f} "
                    f"| {figure['measured'] / 1e6:.2f} | {off:+.3%} |"
                )
    yield ""


def layers(report: Report) -> Iterator[str]:
    from extrasplit.report.wording import layer_name

    found = [(size["variant"], layer) for size in report["sizes"] for layer in size["layers"]]
    if not found:
        return
    yield "| variant | layer | predicted, bytes | measured, bytes |"
    yield "|---|---|--:|--:|"
    for variant, layer in found:
        told = "as found" if layer["predicted"] is None else f"{layer['predicted']:,}"
        name = layer_name(layer["created_by"]).replace("|", "\\|")
        yield f"| {variant} | `{name}` | {told} | {layer['bytes']:,} |"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
