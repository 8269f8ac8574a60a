"""Composes what `unlock` would write: the source files whose imports can be deferred mechanically.

Text from text; nothing is read or written here but by the function that is handed in. What can't be
made is listed with what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from packaging.requirements import Requirement as Pep508
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.late import unanswered
from extrasplit.imports.scanned import Import
from extrasplit.imports.startup import StartupGraph
from extrasplit.places import Place
from extrasplit.project.declared import Project
from extrasplit.project.layout import is_development
from extrasplit.rewrite.proposal import ProposedFile
from extrasplit.rewrite.source import Answer, LateAnswer, LateImport, defer
from extrasplit.split.ground import Ground
from extrasplit.split.needs import providers_of
from extrasplit.split.unlocks import Unlock, UnlockLine, Unlocks
from extrasplit.split.values import Plan


@dataclass(frozen=True, slots=True)
class ManualLine:
    """An import line that no rewrite can defer, with what to do."""

    line: UnlockLine
    why: str


@dataclass(frozen=True, slots=True)
class UnlockProposal:
    """All that `unlock` would write, and what is left to the maintainer."""

    files: tuple[ProposedFile, ...]
    manual: tuple[ManualLine, ...]
    notes: tuple[Place, ...]
    """Tests that take or patch a deferred name on its module: place, and the text."""
    requirements: tuple[str, ...] = ()
    """What stands in pyproject.toml though no line asks for it."""

    @property
    def changes(self) -> Mapping[str, bytes]:
        """Path to new content of each file."""
        return {file.path: file.after for file in self.files}


def chosen_unlocks(unlocks: Unlocks, distribution: str | None) -> tuple[Unlock, ...]:
    """Return the unlocks that a call means: those of one distribution, else the cut for all.

    Raises ExtrasplitError where nothing holds that distribution.
    """
    if distribution is None:
        return unlocks.together
    name = canonicalize_name(distribution)
    found = [one for one in unlocks.shown if name in _heads(one)]
    found = found or [one for one in unlocks.shown if name in one.leaving]
    if not found:
        known = sorted({head for one in unlocks.shown for head in _heads(one)})
        raise ExtrasplitError(
            f"no import lines are known that hold {distribution} back",
            hint=f"there are some for {', '.join(known)}" if known else "there are none at all",
        )
    return tuple(found)


def propose_unlocks(
    ground: Ground,
    chosen: Sequence[Unlock],
    unlocks: Unlocks,
    graphs: Mapping[str, StartupGraph],
    after: Plan,
    *,
    read: Callable[[str], bytes],
    listing: Iterable[str],
) -> UnlockProposal:
    """Return what deferring the lines of these unlocks changes.

    `after` is the plan that they buy: it names the extra in which a freed requirement then stands.
    `read` answers a file's bytes, `listing` all paths of the project.
    """
    answers = _Answers(ground.project, after, unlocks)
    late: dict[str, list[LateImport]] = {}
    manual: dict[UnlockLine, str] = {}
    by_import: dict[tuple[str, int, str], UnlockLine] = {}
    for unlock in chosen:
        for line in unlock.lines:
            if line.how.late:
                continue  # its answer is written with all others of what leaves base
            if line.change == "guard":
                manual.setdefault(line, line.how.why)
                continue
            for name in line.names:
                if by_import.setdefault((line.path, line.line, name), line) is line:
                    one = _late(line, name, answers.for_line(unlock, line))
                    late.setdefault(line.path, []).append(one)
    guards = _guards(ground, chosen, graphs, answers)
    lazy_syntax = _has_lazy_syntax(ground.project.requires_python)
    files = []
    for path in sorted(late.keys() | guards.keys()):
        before = read(path)
        done = defer(before, late.get(path, ()), guards.get(path, ()), lazy_syntax=lazy_syntax)
        for one, why in done.refused:
            manual.setdefault(by_import[path, one.line, one.name], why)
        if done.data != before:
            files.append(ProposedFile(path, before, done.data, "change"))
    return UnlockProposal(
        tuple(files),
        tuple(ManualLine(line, why) for line, why in manual.items()),
        tuple(_patched(late, graphs, read, listing)),
        tuple(_without_line(chosen, unlocks)),
    )


def _without_line(chosen: Sequence[Unlock], unlocks: Unlocks) -> Iterator[str]:
    every = tuple(chosen) == unlocks.together
    for unlock in unlocks.shown:
        if not unlock.lines and (every or unlock in chosen):
            yield from unlock.requirements


def _heads(unlock: Unlock) -> frozenset[NormalizedName]:
    return frozenset(canonicalize_name(Pep508(text).name) for text in unlock.requirements)


def _late(line: UnlockLine, name: str, answer: Answer | None) -> LateImport:
    return LateImport(
        line.line,
        name,
        cast(Literal["function", "lazy", "typing"], line.change),
        line.into,
        line.how.called,
        line.how.annotated,
        line.how.submodule,
        answer,
    )


@dataclass(slots=True)
class _Answers:
    """What an import says where its distribution is absent."""

    project: Project
    after: Plan
    unlocks: Unlocks

    def for_line(self, unlock: Unlock, line: UnlockLine) -> Answer | None:
        """Return the answer of one line; none where nothing leaves base by it."""
        for one in (*self.unlocks.shown, unlock):
            mine = {name for path, at, name in one.names if (path, at) == (line.path, line.line)}
            if one.from_base and one.variant == unlock.variant and mine.intersection(line.names):
                return self.for_unlock(one)
        return None

    def for_unlock(self, unlock: Unlock) -> Answer:
        """Return the answer for what an unlock frees."""
        needs = canonicalize_name(Pep508(unlock.requirements[0]).name)
        homes = [
            group.name
            for group in self.after.groups
            if any(needs == line.name for line in group.requirements)
        ]
        if homes:
            return Answer(needs, f"pip install '{self.project.written_name}[{homes[0]}]'")
        return Answer(needs, f"pip install {needs}")


def _guards(
    ground: Ground,
    chosen: Sequence[Unlock],
    graphs: Mapping[str, StartupGraph],
    answers: _Answers,
) -> dict[str, list[LateAnswer]]:
    """Return the imports inside functions that now answer for what leaves base.

    Lazy isn't optional: without an answer of theirs a plain install would have to hold it still.
    """
    found: dict[str, dict[tuple[int, str], LateAnswer]] = {}
    for unlock in _one_by_one(chosen, answers.unlocks):
        if not unlock.from_base or unlock.entrypoint not in graphs:
            continue
        leaving = unlock.leaving

        def leaves(imported: Import, leaving: frozenset[NormalizedName] = leaving) -> bool:
            providers = providers_of(ground, imported.module, imported.name)
            return bool(imported.module) and bool(providers) and providers <= leaving

        graph = graphs[unlock.entrypoint]
        gone = {line for line in graph.lines if (line.path, line.line, line.name) in unlock.names}
        for late in unanswered(graph, gone, leaves):
            if late.is_statement:
                at = late.imported.line, late.imported.scope
                answer = LateAnswer(*at, answers.for_unlock(unlock))
                found.setdefault(late.path, {}).setdefault(at, answer)
    return {path: list(each.values()) for path, each in found.items()}


def _one_by_one(chosen: Sequence[Unlock], unlocks: Unlocks) -> Iterator[Unlock]:
    """Yield the unlocks that one for all unites, before it: each answer names its own extra."""
    for unlock in chosen:
        mine = frozenset(unlock.requirements)
        for one in unlocks.shown:
            if one.variant == unlock.variant and mine.issuperset(one.requirements):
                yield one
        yield unlock


def _has_lazy_syntax(requires_python: str | None) -> bool:
    """Whether every Python that the project allows knows `lazy import` (PEP 810)."""
    return requires_python is not None and not any(
        SpecifierSet(requires_python).contains(f"3.{minor}.99") for minor in range(15)
    )


def _patched(
    late: Mapping[str, Sequence[LateImport]],
    graphs: Mapping[str, StartupGraph],
    read: Callable[[str], bytes],
    listing: Iterable[str],
) -> Iterator[Place]:
    """Yield where tests take a deferred name from its module, or patch it there."""
    modules = next(iter(graphs.values())).modules if graphs else None
    if modules is None or not late:
        return
    texts = {
        f"{modules.name_of(path)}.{one.name}": one
        for path, imports in late.items()
        for one in imports
        if one.change != "lazy" or one.into
    }
    for path in sorted(listing):
        if not path.endswith(".py") or not is_development(path):
            continue
        data = read(path).decode("utf-8", "replace")
        for text in texts:
            at = data.find(text)
            if at >= 0 and not _goes_on(data, at + len(text)):
                yield Place(path, data.count("\n", 0, at) + 1, text)


def _goes_on(data: str, at: int) -> bool:
    return at < len(data) and (data[at].isalnum() or data[at] == "_")
