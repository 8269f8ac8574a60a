"""The whole way in one place: from pyproject.toml, uv.lock and source to plan and findings.

An `Analysis` is a few questions. Each is answered once, asks the questions before it only when it
has to, and imports its stage inside the question, so that a command pays for what it asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from extrasplit.edges.files import digest_of
from extrasplit.inputs import Inputs, Options
from extrasplit.record import replace

__all__ = ["Analysis", "Options"]

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

    from extrasplit.edges.tracing import Tracer
    from extrasplit.findings import Finding, Silencer
    from extrasplit.imports.calls import Calls
    from extrasplit.imports.deferral import Sources
    from extrasplit.imports.startup import StartupGraph
    from extrasplit.imports.traced import Traced
    from extrasplit.lock.closure import Closure
    from extrasplit.lock.target import Target
    from extrasplit.lock.uvlock import PackageKey
    from extrasplit.project.entrypoints import Entrypoint
    from extrasplit.rewrite.unlocks import UnlockProposal
    from extrasplit.split.ground import Ground, TargetGround
    from extrasplit.split.prune import Prune
    from extrasplit.split.roles import Books
    from extrasplit.split.unlocks import Unlocks
    from extrasplit.split.values import Plan
    from extrasplit.wheels.contents import WheelFacts


class Analysis(Inputs):
    """One project under analysis."""

    def anew(self) -> Analysis:
        """Return the same questions, with nothing answered: files were changed."""
        return Analysis(self.start, self.options, memory=self.memory, progress=self.progress)

    def beside(self, root: Path) -> Analysis:
        """Return the same questions about another folder, as `diff` asks them."""
        options = replace(self.options, package=None)
        return Analysis(root, options, memory=self.memory, progress=self.progress)

    def on(
        self,
        python: str,
        platform: str | None = None,
        libc: Literal["glibc", "musl"] | None = None,
    ) -> Analysis:
        """Return the same questions for one Python, by default on this machine: what is measured.

        `verify` installs here, and finds other platforms in images.
        """
        from extrasplit.edges.machine import host_libc, host_platform

        options = replace(
            self.options,
            python=python,
            platforms=(platform or host_platform(),),
            libc=libc or host_libc(),
            package=None,
        )
        return Analysis(self.root, options, memory=self.memory, progress=self.progress)

    @cached_property
    def grounds(self) -> tuple[TargetGround, ...]:
        """What lock and wheels say, target by target."""
        return tuple(self._ground_on(target) for target in self.targets)

    def _ground_on(self, target: Target) -> TargetGround:
        from extrasplit.lock.closure import close, close_distribution, close_requirement
        from extrasplit.split.ground import TargetGround
        from extrasplit.wheels.owners import owners

        name, lock = self.project.name, self.lock
        everything = close(lock, name, target, extras=self.project.extras)
        requirements = {
            requirement: close_requirement(lock, name, requirement, target)
            for requirement in self.project.requirements
        }
        known = everything.packages.union(*requirements.values())
        facts = self._facts(known, target)
        return TargetGround(
            target=target,
            requirement_closures=requirements,
            distribution_closures={
                key.name: close_distribution(lock, key.name, target) for key in sorted(known)
            },
            edges=everything.edges,
            facts=facts,
            owners=owners(facts, self.settings.modules),
        )

    def _facts(
        self, keys: frozenset[PackageKey], target: Target
    ) -> Mapping[PackageKey, WheelFacts]:
        from extrasplit.edges.facts import read_facts
        from extrasplit.wheels.selection import choose_wheel

        packages = [self.lock.packages[key] for key in sorted(keys)]
        return read_facts(
            [(package, choose_wheel(package, target)) for package in packages],
            store=self.memory,
            progress=self.progress,
            offline=self.options.offline,
            lock_root=self.lock_root,
            python=target.python,
        )

    # -- what the source asks for ------------------------------------------------------------

    @cached_property
    def _found(self) -> tuple[tuple[Entrypoint, ...], tuple[Finding, ...]]:
        if self.premises:
            return self.premises.entrypoints, self.premises.notes
        from extrasplit.project.entrypoints import find_entrypoints

        return find_entrypoints(
            self.project, self.settings, self.layout, self.starts, self.listing.paths, self._tools
        )

    def remember(self) -> None:
        """Keep what was found of all files but the source, where no fact of a wheel was missing.

        What stands on a lock that was made meanwhile is no answer for the files as they were.
        """
        asked = self.premises is None and "_found" in vars(self)
        if asked and not self._made_lock and self.knows_all:
            from extrasplit.edges.premises import Premises, remember_premises

            premises = Premises(
                self.lock_root,
                self.written,
                self.settings,
                self.layout,
                self.targets,
                self.base_image,
                self.compiles_bytecode,
                *self._found,
            )
            remember_premises(self._premises_file, self.beside_source, premises)

    @property
    def knows_all(self) -> bool:
        """Whether the same files give the same answers tomorrow: no fact was out of reach."""
        return all(fact.lasts for ground in self.grounds for fact in ground.facts.values())

    @cached_property
    def _tools(self) -> Mapping[str, NormalizedName]:
        """Console scripts of locked distributions, to the distribution that ships them."""
        return {
            script: key.name
            for key, facts in sorted(self.grounds[0].facts.items())
            for script in facts.scripts
        }

    @cached_property
    def _tracer(self) -> Tracer:
        from extrasplit.edges.tracing import Scene, Tracer

        environments = tuple(target.marker_environment() for target in self.targets)
        scene = Scene(
            self._found[0], self.project, self.layout, tuple(self.settings.rules), environments
        )
        return Tracer(self.listing, scene, self.memory.directory())

    @cached_property
    def traced(self) -> Traced:
        """Every entrypoint, spawned ones included, with what it uses."""
        return self._tracer.traced

    @property
    def calls(self) -> Mapping[str, Calls]:
        """Who imports and who surely calls whom, by entrypoint."""
        return self._tracer.calls

    # -- where they meet ---------------------------------------------------------------------

    @cached_property
    def ground(self) -> Ground:
        """What a plan stands on."""
        from extrasplit.split.ground import Ground

        traced = self.traced
        return Ground(
            project=self.project,
            settings=self.settings,
            entrypoints=traced.entrypoints,
            uses={name: found.uses for name, found in traced.traces.items()},
            importers=traced.importers,
            lock=self.lock,
            targets=self.grounds,
            base_image=self.base_image,
            app_bytes=self.app_bytes,
            copies_source=self.copies_source,
            compiles_bytecode=self.compiles_bytecode,
            undecided=tuple(
                dict.fromkeys(
                    place for found in traced.traces.values() for _, place in found.undecided
                )
            ),
        )

    @cached_property
    def copies_source(self) -> bool:
        """Whether images hold the source beside the installed wheel."""
        return self.project.virtual or any(e.paths for e in self.traced.entrypoints)

    @cached_property
    def app_bytes(self) -> int:
        """The project's own modules, once as its wheel and once more where source is copied."""
        files = set(self.layout.modules.values())
        own = sum(self.listing.stats[path][0] for path in files if path in self.listing.stats)
        return own if self.project.virtual or not self.copies_source else 2 * own

    @cached_property
    def books(self) -> Books:
        """All needs, each booked on the requirements that carry it: what plan and judge look up."""
        from extrasplit.split.roles import open_books

        return open_books(self.ground)

    @cached_property
    def plan(self) -> Plan:
        """The split, or today's lists where they stay."""
        from extrasplit.split.plan import plan_split

        return plan_split(self.ground, self.books)

    @cached_property
    def today(self) -> Plan:
        """Today's lists and images, as `check` and `verify` judge them."""
        from extrasplit.split.plan import plan_today

        return plan_today(self.ground, self.books)

    @cached_property
    def startup_graphs(self) -> Mapping[str, StartupGraph]:
        """Which import lines bring what when an entrypoint starts, by entrypoint."""
        from extrasplit.imports.startup import startup_graph

        environments = [target.marker_environment() for target in self.targets]
        graphs = {
            entrypoint.name: startup_graph(entrypoint, self.calls[entrypoint.name], environments)
            for entrypoint in self.traced.entrypoints
        }
        return {name: graph for name, graph in graphs.items() if graph is not None}

    @cached_property
    def sources(self) -> Sources:
        """The few files that are read for what uses the names they import."""
        from extrasplit.imports.deferral import Sources

        return Sources(self.listing.read)

    @cached_property
    def unlocks(self) -> Unlocks:
        """The import lines that hold the split back."""
        from extrasplit.split.unlocks import find_unlocks

        return find_unlocks(self.ground, self.plan, self.startup_graphs, self.sources, self.books)

    @cached_property
    def unlocked(self) -> tuple[Ground, Plan]:
        """The ground and the plan that all shown unlocks would buy."""
        from extrasplit.split.plan import plan_split
        from extrasplit.split.unlocks import unlocked_ground

        ground = unlocked_ground(self.ground, self.unlocks.together, self.startup_graphs)
        return ground, plan_split(ground)

    def propose_unlocks(self, distribution: str | None = None) -> UnlockProposal:
        """Return what `unlock` would write: for one distribution, or for all that are shown.

        Raises ExtrasplitError where no import lines hold that distribution back.
        """
        from extrasplit.rewrite.unlocks import chosen_unlocks, propose_unlocks
        from extrasplit.split.plan import plan_split
        from extrasplit.split.unlocks import unlocked_ground

        chosen = chosen_unlocks(self.unlocks, distribution)
        after = plan_split(unlocked_ground(self.ground, chosen, self.startup_graphs))
        return propose_unlocks(
            self.ground,
            chosen,
            self.unlocks,
            self.startup_graphs,
            after,
            read=self.listing.read,
            listing=self.listing.paths,
        )

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be said of the plan."""
        from extrasplit.split.unlocks import blocked

        return self._judge(
            self.ground, self.plan, recorded=False, notes=blocked(self.unlocks.shown)
        )

    @cached_property
    def findings_unlocked(self) -> tuple[Finding, ...]:
        """What is to be said of the plan that the unlocks would buy."""
        return self._judge(*self.unlocked, recorded=False, notes=None)

    @cached_property
    def traced_digest(self) -> str:
        """The digest of all that findings of today's lists stand on, but for the bytes of the app.

        Most edits change no import: this is the same then, and so is what there is to say.
        """
        import msgspec

        traced = self.traced
        seen = (
            traced.entrypoints,
            {name: (trace.uses, trace.undecided) for name, trace in traced.traces.items()},
            traced.importers,
            tuple(self._unparsed()),
            tuple(self._silencers),
        )
        blob = msgspec.msgpack.encode(seen, order="deterministic")
        return digest_of((self.beside_source, blob))

    @cached_property
    def findings_today(self) -> tuple[Finding, ...]:
        """What is to be said of today's lists."""
        return self._judge(self.ground, self.today, recorded=True, notes=None)

    def _judge(
        self,
        ground: Ground,
        plan: Plan,
        *,
        recorded: bool,
        notes: Iterable[Finding] | None,
    ) -> tuple[Finding, ...]:
        """Return all that is to be said; `notes` are those of unlocks, None: nobody looked."""
        from extrasplit.findings import OF_A_PLAN, OF_A_RUN, OF_UNLOCKS, silence
        from extrasplit.lock.agreement import compare
        from extrasplit.split.judge import judge

        books = self.books if ground is self.ground else None
        unjudged = OF_A_RUN | (OF_A_PLAN if recorded else frozenset())
        if notes is None:
            unjudged |= OF_UNLOCKS
        return silence(
            (
                *compare(self.lock, self.written),
                *self._found[1],
                *judge(ground, plan, books, recorded=recorded),
                *self._unparsed(),
                *(notes or ()),
            ),
            self._silencers,
            unjudged=unjudged,
        )

    def heed(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return what a run found, without what settings and comments pass over."""
        from extrasplit.findings import KINDS, OF_A_RUN, silence

        return silence(found, self._silencers, unjudged=KINDS.keys() - OF_A_RUN)

    def _unparsed(self) -> Iterator[Finding]:
        """Yield one finding for each file that Python would not parse; the rest goes on."""
        from extrasplit.edges.syntax import find_unparsed
        from extrasplit.findings import KINDS, Finding
        from extrasplit.places import Place

        folder = self.memory.directory() / "parsed"
        files = {*self.layout.modules.values(), *self._tracer.ignores}
        for path, fault in find_unparsed(self.listing, files, folder=folder).items():
            yield Finding(
                "unparsed",
                KINDS["unparsed"].severity,
                f"{path} cannot be parsed: {fault.message}",
                fix="mend the file; until then what it imports is known only in part",
                chain=(Place(path, fault.line),),
            )

    @cached_property
    def _silencers(self) -> tuple[Silencer, ...]:
        """What settings and comments say is to be passed over."""
        from extrasplit.findings import Silencer, read_silencer
        from extrasplit.places import Place

        configured = [read_silencer(text) for text in self.settings.ignore]
        commented = [
            Silencer(ignore.kind, place=Place(path, ignore.line))
            for path, ignores in sorted(self._tracer.ignores.items())
            for ignore in ignores
        ]
        return (*configured, *commented)

    # -- what people ask ---------------------------------------------------------------------

    def closure(
        self, *, extras: Iterable[NormalizedName] = (), groups: Iterable[NormalizedName] = ()
    ) -> Closure:
        """What uv installs for these extras and dependency groups on the first target."""
        from extrasplit.lock.closure import close

        return close(self.lock, self.written.name, self.target, extras=extras, groups=groups)

    def facts_of(self, closure: Closure) -> Mapping[PackageKey, WheelFacts]:
        """The facts of all that a closure holds."""
        return self._facts(closure.packages, closure.target)

    def find_prunes(self, plan: Plan) -> tuple[Prune, ...]:
        """Transitive distributions that no start of an image runs; wheels are read for it."""
        from extrasplit.edges.sources import open_sources
        from extrasplit.split.prune import find_prunes
        from extrasplit.wheels.selection import choose_wheel

        held = {key for variant in plan.variants for key in variant.packages}
        packages = [self.lock.packages[key] for key in sorted(held)]
        sources = open_sources(
            [(package, choose_wheel(package, self.target)) for package in packages],
            folder=self.memory.directory() / "sources",
            lock_root=self.lock_root,
            offline=self.options.offline,
            progress=self.progress,
        )
        return find_prunes(self.ground, plan, sources)

    def retained_bytes(self, plan: Plan) -> Mapping[PackageKey, int]:
        """Of each package, within the largest variant of the plan that holds it."""
        from extrasplit.split.whatif import retained_by_name

        retained: dict[PackageKey, int] = {}
        for variant in sorted(plan.variants, key=lambda v: v.installed_bytes):
            by_name = retained_by_name(self.ground, plan, variant)
            retained |= {key: by_name.get(key.name, 0) for key in variant.packages}
        return retained
