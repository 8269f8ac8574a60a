"""`apply` and `unlock`: rewrites, shown as a diff or done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from extrasplit.actions import apply as actions
from extrasplit.edges.answers import Answer
from extrasplit.pipeline import Analysis
from extrasplit.project.declared import BASE
from extrasplit.report import contract
from extrasplit.report.assemble import unlock_line_record
from extrasplit.report.wording import plural, requirement_change, unlock_change
from extrasplit.rewrite.proposal import Proposal, ProposalOptions, ProposedFile


def run_apply(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer with the diff, and write it where that is asked for.

    The exit code is 1 with `--check` where a write would change anything.
    """
    options = ProposalOptions(
        only=frozenset(arguments.only),
        variants=tuple(arguments.variant),
        compose=arguments.compose,
        workflow=arguments.workflow is not None,
        force=arguments.force,
    )
    proposal = actions.prepare(analysis, options)
    change = actions.LockChange()
    if arguments.write:
        if proposal.changes and actions.uncommitted(analysis.root) and not arguments.quiet:
            sys.stderr.write(f"extrasplit: {analysis.root} has uncommitted changes\n")
        change = actions.write(analysis, proposal, allow_lock_changes=arguments.allow_lock_changes)
    exit_code = int(arguments.check and bool(proposal.changes or proposal.refused))
    if arguments.format == "json":
        return Answer(contract.to_json(report_of(proposal, change)), exit_code)
    return Answer(_text(proposal, change, written=arguments.write), exit_code)


def run_unlock(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer with the source edits that defer the lines, and write them where that is asked for.

    The exit code is 1 with `--check` where a write would change anything.
    """
    proposal = analysis.propose_unlocks(arguments.distribution)
    if arguments.write and proposal.changes:
        if actions.uncommitted(analysis.root) and not arguments.quiet:
            sys.stderr.write(f"extrasplit: {analysis.root} has uncommitted changes\n")
        actions.write_files(analysis, proposal.files)
    exit_code = int(arguments.check and bool(proposal.changes))
    if arguments.format == "json":
        report = contract.ApplyReport(
            files=_file_records(proposal.files),
            moves=[],
            lock=contract.LockChangeRecord(added=[], removed=[], changed=[]),
        )
        return Answer(contract.to_json(report), exit_code)
    lines = [_diffs(proposal.files)]
    lines += [
        f"by hand: {unlock_change(unlock_line_record(one.line))}: {one.why}\n"
        for one in proposal.manual
    ]
    lines += [f"by hand: {requirement_change(text)}\n" for text in proposal.requirements]
    lines += [f"look at {note}: {note.module}\n" for note in proposal.notes]
    if not (proposal.changes or proposal.manual or proposal.requirements):
        lines.append("Nothing to do: no import line holds 10 MB or more back.\n")
    elif arguments.write:
        lines.append(f"Wrote {plural(len(proposal.changes), 'file')}. Next: extrasplit apply\n")
    elif proposal.changes:
        lines.append("Nothing was written. Next: extrasplit unlock --write\n")
    return Answer("".join(lines), exit_code)


def report_of(proposal: Proposal, change: actions.LockChange) -> contract.ApplyReport:
    """Return what `apply --format json` prints."""
    moves = [
        contract.MoveRecord(
            requirement=move.requirement.text,
            source="base" if move.requirement.home == BASE else move.requirement.home,
            to="base" if move.to == BASE else move.to,
        )
        for move in proposal.moves
    ]
    moves += [
        contract.MoveRecord(
            requirement=addition.text,
            source=None,
            to="base" if addition.home == BASE else addition.home,
        )
        for addition in proposal.additions
    ]
    return contract.ApplyReport(
        files=_file_records(proposal.files),
        moves=moves,
        lock=contract.LockChangeRecord(
            added=list(change.added), removed=list(change.removed), changed=list(change.changed)
        ),
    )


def _file_records(files: Iterable[ProposedFile]) -> list[contract.FileRecord]:
    return [
        contract.FileRecord(path=file.path, action=file.action, diff=file.diff) for file in files
    ]


def _diffs(files: Iterable[ProposedFile]) -> str:
    """Return what changes as one unified diff, coloured on a terminal."""
    diffs = "".join(file.diff for file in files if file.action != "keep")
    return coloured(diffs) if sys.stdout.isatty() else diffs


def _text(proposal: Proposal, change: actions.LockChange, *, written: bool) -> str:
    """Return the diff, coloured on a terminal, and one line that says what is next."""
    lines = [_diffs(proposal.files)]
    lines += [f"refused: {file.reason}\n" for file in proposal.refused]
    lines += [f"not carried over: {note} {note.module}\n" for note in proposal.notes]
    if change:
        lines.append(f"locked versions: {change}\n")
    count = len(proposal.changes)
    if not count and not proposal.refused:
        lines.append("Nothing to do.\n")
    elif written:
        lines.append(f"Wrote {count} files, and the lock. Next: extrasplit verify\n")
    elif count:
        lines.append("Nothing was written. Next: extrasplit apply --write\n")
    return "".join(lines)


def coloured(diff: str) -> str:
    """Return a unified diff with terminal colours."""
    colours = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
    lines = (
        f"{colours[line[0]]}{line}\x1b[0m" if line[:1] in colours else line
        for line in diff.splitlines()
    )
    return "".join(f"{line}\n" for line in lines)
