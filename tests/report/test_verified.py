"""What `verify` prints, for people and for a pull request."""

from __future__ import annotations

import pytest

from extrasplit.commands.answering import shown
from extrasplit.report import contract
from extrasplit.report.markdown import render_verify
from extrasplit.report.questions import verify_blocks
from extrasplit.report.wording import layer_name

REPORT = contract.VerifyReport(
    target=contract.TargetRecord(
        python="3.13", platform="linux/amd64", libc="glibc", base_image="python:3.13-slim"
    ),
    results=[
        contract.VerifyResultRecord(
            variant="shop", entrypoint="shop", level="env", verdict="failed",
            reason="import shop.cli: ModuleNotFoundError: No module named 'rich'",
            seconds=0.21, before_seconds=0.53, imported=["click"],
        ),
        contract.VerifyResultRecord(
            variant="web", entrypoint="web", level="image", verdict="passed",
            reason="the app", seconds=2.0, before_seconds=None, imported=["a", "b"],
        ),
    ],
    sizes=[
        contract.VerifySizeRecord(
            variant="web",
            installed_bytes=contract.MeasuredRecord(predicted=100_000_000, measured=100_000_000),
            image_bytes=contract.MeasuredRecord(predicted=198_000_000, measured=200_000_000),
            layers=[
                contract.LayerRecord(bytes=90_000_000, created_by="the base image"),
                contract.LayerRecord(
                    bytes=99_000_000, predicted=98_000_000,
                    created_by="RUN |1 X= /bin/sh -c if [ -s x ]; then export A=b; fi;     "
                    "uv sync --project /src --frozen --no-dev --extra web # buildkit",
                ),
            ],
        )
    ],
    findings=[],
)  # fmt: skip


def test_markdown_shows_verdicts_sizes_and_layers() -> None:
    text = render_verify(REPORT).replace("\xa0", " ")
    assert "| `shop` | `shop` | env | ❌ failed | 0.2 s | 0.5 s | 1 |" in text
    assert "| `web` | `web` | image | ✅ passed | 2.0 s |  | 2 | the app |" in text
    assert "| `web` | image | 198 MB | 200 MB | -1.00% |" in text
    assert "| `web` | `uv sync --extra web` | 98.0 MB | 99.0 MB |" in text
    assert "| `web` | `the base image` | as found | 90.0 MB |" in text


def test_the_terminal_shows_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    lines = [" ".join(line.split()) for line in shown(verify_blocks(REPORT)).splitlines()]
    assert "web image 198 MB 200 MB -1.00%" in lines
    assert "web uv sync --extra web 98.0 MB 99.0 MB" in lines
    assert any(line.startswith("shop shop env failed 0.2 0.5 1 import shop.cli") for line in lines)


@pytest.mark.parametrize(
    ("created_by", "name"),
    [
        ("COPY data /app/data # buildkit", "COPY data /app/data"),
        ("RUN /bin/sh -c set -eu;     apt-get update", "set -eu; apt-get update"),
        ("RUN |2 A=1 B= /bin/sh -c make", "make"),
        (
            "/bin/sh -c --mount=type=cache,target=/x     uv sync --frozen --extra a",
            "uv sync --extra a",
        ),
        ("x" * 80, "x" * 67 + "..."),
    ],
)
def test_a_layer_is_named_by_what_made_it(created_by: str, name: str) -> None:
    assert layer_name(created_by) == name
