"""Hands a request to the probe and takes its answer: two folders, whoever runs it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from extrasplit.edges.starting import Ended
from extrasplit.verify.smoke import Smoke
from extrasplit.verify.verdict import Outcome

PROBE: Final = "probe.py"
REQUEST: Final = "request.json"
ANSWER: Final = "answer.json"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way."""

    asked: Path
    """A folder with the probe and the request, to be read."""
    answered: Path
    """A folder that anybody may write to: an image has a user of its own."""

    def answer(self) -> dict[str, Any] | None:
        """Return what the probe wrote; None where it wrote nothing that can be read."""
        try:
            answer: dict[str, Any] = json.loads((self.answered / ANSWER).read_bytes())
        except (OSError, ValueError):
            return None
        return answer


@contextmanager
def exchange(scratch: Path, smoke: Smoke) -> Iterator[Exchange]:
    """Yield the folders of one request."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    asked, answered = folder / "asked", folder / "answered"
    asked.mkdir()
    answered.mkdir()
    answered.chmod(0o777)
    source = resources.files("extrasplit.verify").joinpath("probe.py")
    (asked / PROBE).write_text(source.read_text("utf-8"), encoding="utf-8")
    (asked / REQUEST).write_text(json.dumps(dict(smoke.request)), encoding="utf-8")
    try:
        yield Exchange(asked, answered)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def outcome_of(ended: Ended, answer: dict[str, Any] | None = None) -> Outcome:
    """Return what became of one start; of a probe its own time, without the interpreter's."""
    known = answer if not (ended.timed_out or ended.flooded) else None
    return Outcome(
        exit_code=ended.exit_code,
        timed_out=ended.timed_out,
        flooded=ended.flooded,
        left_behind=ended.left_behind,
        status=ended.status,
        answer=known,
        seconds=known["seconds"] if known else ended.seconds,
        output=ended.output,
    )
