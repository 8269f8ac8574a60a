"""What one source file says about its imports, as values: `scan` makes them, `trace` asks."""

from __future__ import annotations

from extrasplit.imports.level import Level
from extrasplit.record import Record


class Import(Record):
    """One name that one import statement brings, or one dynamic import of a string.

    `name="*"` with `via="dynamic"` stands for every submodule of the package: a
    `pkgutil.iter_modules` loop that imports what it finds, or a `lazy_loader.attach_stub`.
    """

    module: str
    """As written, without the leading dots; empty for `from . import x`."""
    dots: int
    """Leading dots of a relative import; 0 is absolute."""
    name: str | None
    """`x` of `from m import x`, `*` for a star import; None for `import m`."""
    bound: str | None
    """The local name that is bound (`y` of `as y`); None where none is."""
    level: Level
    """When the scope that holds it runs: entering a function resets it to STARTUP."""
    scope: str
    """Qualified name of the enclosing function (`main`, `App.run`); empty at module level."""
    line: int
    """Where its statement begins, counted from 1."""
    via: str = "import"
    """`import`, `dynamic`, `rule:NAME`, `spawn`, `entry-point`: see DESIGN section 3."""
    condition: str | None = None
    """A PEP 508 marker text kept from enclosing sys.version_info/sys.platform tests."""
    main_only: bool = False
    """Under `if __name__ == "__main__"`: runs only where the file is started itself."""
    distribution: str | None = None
    """Where a rule yields a distribution and no module."""
    tentative: bool = False
    """A string that may name a module: it counts only where something owns that module."""
    asks: tuple[str, ...] = ()
    """What enclosing tests, `with` items and decorators ask, as dotted origins: `is_installed` is
    this file's own, `app.compat.HAS_X` and `.compat.HAS_X` are imported; `!` stands before what
    must not hold. The import is guarded where one of them is a guard of the project
    (`flags.guard_names`), and decided where it is a platform test (`flags.platform_flags`)."""
    fallback: bool = False
    """Runs only where what the guard tests is absent (an `except ImportError` handler, an else)."""
    answered: bool = False
    """A handler catches its absence and raises again: no guard when the module itself is imported
    at startup, but a message instead of a traceback where that import is deferred."""
    group: str | None = None
    """The entry-point group that `via="entry-point"` reads; the module is then empty, and the name
    `*` where all of the group are loaded."""
    or_else: tuple[str, ...] = ()
    """Modules that would do as well: the framework takes the first that is installed, or the
    handler that makes this import `guarded` imports one of them under the same name."""

    @property
    def effective(self) -> Level:
        """Its level when the file is imported and nothing of it is called."""
        return max(self.level, Level.DEFERRED) if self.scope else self.level

    @property
    def origin(self) -> str:
        """The dotted origin of the name that it binds, as `names.origins_of` writes it."""
        if self.name is None:
            top = self.module.partition(".")[0]
            return top if self.bound == top else self.module
        return "." * self.dots + (f"{self.module}." if self.module else "") + self.name


class Spawn(Record):
    """One command that the source starts as another process.

    In its words `{file}` stands for the path of the scanned file and `{folder}` for its folder:
    `str(Path(__file__).parent / "dashboard.py")` is `{folder}/dashboard.py`. `gui.__file__` of a
    module that the file imports is its origin in braces, `{app.gui}`. `sys.executable` is `python`.
    """

    argv: tuple[str, ...]
    """Words as far as they can be folded; a word that cannot be decided is the empty string."""
    level: Level
    scope: str
    line: int
    main_only: bool = False
    in_process: bool = False
    """`sys.argv` is set to these words: this process goes on as that command."""


class Undecided(Record):
    """What a reading saw and could not decide: told as a note, never passed over."""

    text: str
    line: int
    prefix: str | None = None
    """The literal prefix of a computed name (`plugins.`), where there is one; with leading dots
    it is relative to the file's package."""
    scope: str = ""
    level: Level = Level.STARTUP


class Handed(Record):
    """A function imports what its callers name: the value of one of its parameters."""

    scope: str
    """Qualified name of the function."""
    parameters: tuple[str, ...]
    """All that can be passed by position, `self` among them."""
    name: str
    """The parameter."""
    tests: bool = False
    """Absence is answered: by `find_spec`, or by a `try`."""
    walks: bool = False
    """All submodules are imported as well."""
    each: bool = False
    """The parameter takes several names of modules."""
    whole: bool = False
    """The parameter takes the module itself, not its name."""


class Ignore(Record):
    """`# extrasplit: ignore[kind] reason` on one line."""

    kind: str
    line: int
    reason: str


class ScannedFile(Record):
    """All that one file says; independent of target and layout, so it is cached by content."""

    imports: tuple[Import, ...]
    spawns: tuple[Spawn, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    handed: tuple[Handed, ...] = ()
    error: str | None = None
    """Why the file could not be parsed; its imports are then empty."""
    error_line: int = 0
