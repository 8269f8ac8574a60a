"""Commands that start another command: what they are, and how to get at the one that counts.

`WRAPPERS` is data: each entry follows the usage text of the program it is named after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.record import Record, field

_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


class Wrapper(Record):
    """How one wrapping program is called."""

    valued: frozenset[str] = frozenset()
    """Options that take the next word."""
    positionals: int = 0
    """Words of its own before the command."""
    verbs: tuple[str, ...] = ()
    """The subcommand that makes it a wrapper (`run`)."""
    distribution: str | None = None
    """The Python distribution that ships it."""
    after_dashes: bool = False
    """The command begins only after `--`."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UV_VALUED: Final = _words(
    "--extra --no-extra --group --no-group --only-group --with --with-editable --with-requirements "
    "--package -p --python --env-file --index --default-index --index-url -i --extra-index-url "
    "--find-links -f --directory --project --config-file --cache-dir --color --resolution "
    "--prerelease --exclude-newer --link-mode --refresh-package --reinstall-package "
    "--upgrade-package -P -C --config-setting --no-build-package --no-binary-package "
    "--python-platform --keyring-provider --index-strategy --allow-insecure-host -w"
)

WRAPPERS: Final[Mapping[str, Wrapper]] = {
    "exec": Wrapper(_words("-a")),
    "command": Wrapper(),
    "env": Wrapper(_words("-u --unset -C --chdir")),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "nice": Wrapper(_words("-n --adjustment")),
    "ionice": Wrapper(_words("-c -n -p")),
    "timeout": Wrapper(_words("-k --kill-after -s --signal"), positionals=1),
    "stdbuf": Wrapper(_words("-i -o -e")),
    "unbuffer": Wrapper(),
    "taskset": Wrapper(positionals=1),
    "numactl": Wrapper(_words("-m -N -C -i")),
    "sudo": Wrapper(_words("-u --user -g --group -C -h -p")),
    "gosu": Wrapper(positionals=1),
    "su-exec": Wrapper(positionals=1),
    "setuidgid": Wrapper(positionals=1),
    "s6-setuidgid": Wrapper(positionals=1),
    "with-contenv": Wrapper(),
    "runuser": Wrapper(_words("-u --user -g --group")),
    "chpst": Wrapper(_words("-u -U -e -n -l -b -m -o -p -f -c -r -t")),
    "setpriv": Wrapper(_words("--reuid --regid --groups --inh-caps --ambient-caps --bounding-set")),
    "tini": Wrapper(_words("-p")),
    "tini-static": Wrapper(_words("-p")),
    "docker-init": Wrapper(_words("-p")),
    "dumb-init": Wrapper(_words("-r --rewrite")),
    "catatonit": Wrapper(),
    "init": Wrapper(),
    "xvfb-run": Wrapper(
        _words("-e --error-file -f --auth-file -n --server-num -p --xauth-protocol")
        | _words("-s --server-args -w --wait")
    ),
    "wait-for-it": Wrapper(after_dashes=True),
    "wait-for": Wrapper(after_dashes=True),
    "wait-for-port": Wrapper(after_dashes=True),
    "doppler": Wrapper(verbs=("run",), after_dashes=True),
    "infisical": Wrapper(verbs=("run",), after_dashes=True),
    "op": Wrapper(verbs=("run",), after_dashes=True),
    "chamber": Wrapper(verbs=("exec",), after_dashes=True),
    "dotenvx": Wrapper(verbs=("run",), after_dashes=True),
    "dockerize": Wrapper(
        _words("-wait -timeout -template -stdout -stderr -delims")
        | _words("-wait-retry-interval -wait-http-header")
    ),
    "dotenv": Wrapper(_words("-f --file"), verbs=("run",), distribution="python-dotenv"),
    "opentelemetry-instrument": Wrapper(
        _words("--traces_exporter --metrics_exporter --logs_exporter --service_name")
        | _words("--exporter_otlp_endpoint --id_generator --propagators"),
        distribution="opentelemetry-instrumentation",
    ),
    "ddtrace-run": Wrapper(distribution="ddtrace"),
    "newrelic-admin": Wrapper(verbs=("run-program",), distribution="newrelic"),
    "watchmedo": Wrapper(
        _words("-d --directory -p --patterns -i --ignore-patterns --signal --kill-after"),
        verbs=("auto-restart",),
        distribution="watchdog",
    ),
    "accelerate": Wrapper(
        _words("--config_file --num_processes --num_machines --mixed_precision --gpu_ids"),
        verbs=("launch",),
        distribution="accelerate",
    ),
    "torchrun": Wrapper(
        _words("--nnodes --nproc_per_node --nproc-per-node --node_rank --master_addr")
        | _words("--master_port --rdzv_backend --rdzv_endpoint --rdzv_id"),
        distribution="torch",
    ),
    "uv": Wrapper(_UV_VALUED, verbs=("run",)),
    "poetry": Wrapper(_words("-C --directory -P --project"), verbs=("run",)),
    "pdm": Wrapper(_words("-p --project -e --env-file --venv"), verbs=("run",)),
    "pipenv": Wrapper(verbs=("run",)),
    "rye": Wrapper(_words("--pyproject"), verbs=("run",)),
    "hatch": Wrapper(_words("-e --env -p --project"), verbs=("run",)),
    "pixi": Wrapper(_words("-e --environment --manifest-path"), verbs=("run",)),
    "conda": Wrapper(_words("-n --name -p --prefix --cwd"), verbs=("run",)),
    "mamba": Wrapper(_words("-n --name -p --prefix --cwd"), verbs=("run",)),
    "micromamba": Wrapper(_words("-n --name -p --prefix --cwd"), verbs=("run",)),
}

SHELLS: Final = frozenset(("sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"))


class Unwrapped(Record):
    """The command inside, and what its wrappers said."""

    words: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    wrapped_by: tuple[NormalizedName, ...] = ()
    """Distributions of the wrappers: startup needs of what they start."""
    extras: tuple[NormalizedName, ...] | None = None
    """Extras that `uv run --extra` names; None where it names none."""
    all_extras: bool = False
    directory: str | None = None
    """Working directory that a wrapper changes to (`uv run --directory`)."""
    shell_text: str | None = None
    """The text of a `sh -c`, which stands for `words`."""


def program_of(word: str) -> str:
    """Return the name of a program: `uvicorn` for `/app/.venv/bin/uvicorn`."""
    return re.split(r"[/\\]", word)[-1].removesuffix(".exe")


def unwrap(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Unwrapped:
    """Take every wrapper and assignment off a command."""
    found = Unwrapped(tuple(argv), dict(env or {}))
    while True:
        inner = _unwrap_once(found)
        if inner == found:
            return found
        found = inner


def _unwrap_once(found: Unwrapped) -> Unwrapped:
    words = found.words
    if not words:
        return found
    if assignment := _ASSIGNMENT.fullmatch(words[0]):
        env = {**found.env, assignment[1]: assignment[2]}
        return _with(found, words[1:], env=env)
    name = program_of(words[0])
    if name in SHELLS or name == "su":
        return _shell_text(found)
    wrapper = WRAPPERS.get(name) or WRAPPERS.get(name.removesuffix(".sh"))
    if wrapper is None:
        return found
    if wrapper.after_dashes:
        return _with(found, words[words.index("--") + 1 :]) if "--" in words else found
    options, rest = _own_words(words[1:], wrapper)
    if rest is None:
        return found
    inner = found if not wrapper.distribution else _wrapped(found, wrapper.distribution)
    if name == "uv":
        return _uv_run(inner, options, rest)
    if name == "env" and (text := dict(options).get("-S")):
        rest = (*text.split(), *rest)
    directory = dict(options).get("-C") if name == "env" else None
    return _with(inner, rest, directory=directory or inner.directory)


def _own_words(
    words: Sequence[str], wrapper: Wrapper
) -> tuple[list[tuple[str, str]], tuple[str, ...] | None]:
    """Split a wrapper's options from the command; None where its verb is missing."""
    options: list[tuple[str, str]] = []
    verbs = list(wrapper.verbs)
    positionals = wrapper.positionals
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--" and not verbs:
            break
        if word.startswith("-") and len(word) > 1:
            name, equals, value = word.partition("=")
            if not equals and name in (*wrapper.valued, "-S") and at < len(words):
                value = words[at]
                at += 1
            options.append((name, value))
        elif verbs:
            if word != verbs.pop(0):
                return options, None
        elif positionals:
            positionals -= 1
        else:
            at -= 1
            break
    return options, None if verbs else tuple(words[at:])


def _uv_run(found: Unwrapped, options: list[tuple[str, str]], words: tuple[str, ...]) -> Unwrapped:
    """Read `uv run` (uv's reference of commands): a script runs by Python, -m names a module."""
    extras = tuple(canonicalize_name(v) for name, v in options if name == "--extra" and v)
    names = {name for name, _ in options}
    directories = [value for name, value in options if name == "--directory"]
    if names & {"-m", "--module"}:
        words = ("python", "-m", *words)
    elif words and (words[0].endswith((".py", ".pyw")) or "--script" in names or "-s" in names):
        words = ("python", *words)
    return Unwrapped(
        words=words,
        env=found.env,
        wrapped_by=found.wrapped_by,
        extras=extras or found.extras,
        all_extras=found.all_extras or "--all-extras" in names,
        directory=directories[-1] if directories else found.directory,
    )


def _shell_text(found: Unwrapped) -> Unwrapped:
    """Take the text of `sh -c TEXT` or `su USER -c TEXT`.

    A shell that runs a file stays as it is, and so does one whose text could not be decided.
    """
    if found.shell_text is not None:
        return found
    for index, word in enumerate(found.words[1:-1], start=1):
        text = found.words[index + 1]
        if word.startswith("-") and not word.startswith("--") and word.endswith("c") and text:
            return _with(found, found.words, shell_text=text)
    return found


def _wrapped(found: Unwrapped, distribution: str) -> Unwrapped:
    name = canonicalize_name(distribution)
    return _with(found, found.words, wrapped_by=(*found.wrapped_by, name))


def _with(
    found: Unwrapped,
    words: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    wrapped_by: tuple[NormalizedName, ...] | None = None,
    directory: str | None = None,
    shell_text: str | None = None,
) -> Unwrapped:
    return Unwrapped(
        words=tuple(words),
        env=found.env if env is None else env,
        wrapped_by=found.wrapped_by if wrapped_by is None else wrapped_by,
        extras=found.extras,
        all_extras=found.all_extras,
        directory=directory or found.directory,
        shell_text=shell_text or found.shell_text,
    )
