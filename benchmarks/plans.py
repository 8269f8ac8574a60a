"""How long a plan takes: 300 packages, 12 entrypoints, 60 requirements, and sizes around it.

    python benchmarks/plans.py [--seed N]

The worlds are made up, with a fixed seed: requirements that share much of what they bring, roles
that overlap, and deferred, guarded and startup imports. The table says what a plan costs beside
today's lists, so that speed is not bought with a worse plan.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "split"))

from world import Imported, deferred, guarded, startup, world

from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split, plan_today


@dataclass(frozen=True)
class Scene:
    packages: int
    entrypoints: int
    requirements: int
    extras: int


SCENES = (
    Scene(40, 2, 12, 2),
    Scene(120, 5, 30, 3),
    Scene(300, 12, 60, 0),
    Scene(300, 12, 60, 5),
    Scene(600, 20, 100, 8),
)


def make_ground(scene: Scene, seed: int) -> Ground:
    chance = random.Random(seed)
    names = [f"d{at:03}" for at in range(scene.packages)]
    direct, others = names[: scene.requirements], names[scene.requirements :]
    brings = {name: chance.sample(others, chance.randint(0, 6)) for name in direct}
    for at, name in enumerate(others):
        later = others[at + 1 :]
        brings[name] = chance.sample(later, min(len(later), chance.choice((0, 0, 1, 2))))
    sizes = {name: round(chance.paretovariate(0.9), 2) for name in names}
    sizes = {name: min(size, 300.0) for name, size in sizes.items()}
    homes = [chance.randint(0, scene.extras) for _ in direct]
    extras = {
        f"x{at}": [n for n, home in zip(direct, homes, strict=True) if home == at]
        for at in range(1, scene.extras + 1)
    }
    imports: dict[str, list[Imported | str]] = {}
    for at in range(scene.entrypoints):
        mine = chance.sample(direct, max(3, scene.requirements // 4))
        imports[f"role{at}"] = [
            chance.choice((startup, startup, deferred, guarded))(
                name, at=f"m{chance.randint(0, 8)}.py"
            )
            for name in mine
        ]
    return world(
        base=[n for n, home in zip(direct, homes, strict=True) if home == 0],
        extras={name: lines for name, lines in extras.items() if lines},
        sizes=sizes,
        brings=brings,
        imports=imports,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    print(
        "| packages | roles | requirements | extras | seconds (median, worst of 5) | lean / today |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    for scene in SCENES:
        seconds, ratios = [], []
        for run in range(5):
            ground = make_ground(scene, seed + run)
            began = time.process_time()
            plan = plan_split(ground)
            seconds.append(time.process_time() - began)
            lean = sum(v.installed_bytes for v in plan.variants if not v.full)
            today = sum(v.installed_bytes for v in plan_today(ground).variants)
            ratios.append(lean / today)
        print(
            f"| {scene.packages} | {scene.entrypoints} | {scene.requirements} | {scene.extras} "
            f"| {statistics.median(seconds):.2f} (max {max(seconds):.2f}) "
            f"| {statistics.median(ratios):.2f} |"
        )


if __name__ == "__main__":
    main()
