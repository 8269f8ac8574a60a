from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "roundtrip.py"


@pytest.mark.slow
@pytest.mark.integration
def test_two_hundred_real_files_come_through_any_plan_without_a_fault() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--plans", "2"],
        capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    numbers = {
        cells[1].strip(): cells[2].strip()
        for line in done.stdout.splitlines()
        if len(cells := line.split("|")) == 4
    }
    if numbers.get("files read") == "0":
        pytest.skip("NO REGISTRY, so no file was read")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert int(numbers["rewritten"]) >= 200
    assert numbers["faults"] == "0"
