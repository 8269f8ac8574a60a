"""From modules back to distributions."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from extrasplit.lock.uvlock import PackageKey
from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.owners import Owners, owners


def facts(*modules: str, exact: bool = True, namespaces: tuple[str, ...] = ()) -> WheelFacts:
    return WheelFacts(
        "x.whl", 1, 1, 0, exact, modules=frozenset(modules), namespaces=frozenset(namespaces)
    )


def owning(configured: dict[str, str] | None = None, **distributions: WheelFacts) -> Owners:
    return owners(
        {
            PackageKey(canonicalize_name(name), "1", "registry+https://index.example/simple"): fact
            for name, fact in distributions.items()
        },
        {module: canonicalize_name(name) for module, name in (configured or {}).items()},
    )


def test_namespaces_resolve_to_the_right_distribution() -> None:
    found = owning(
        google_cloud_storage=facts("google.cloud.storage", namespaces=("google", "google.cloud")),
        google_cloud_bigquery=facts("google.cloud.bigquery", namespaces=("google", "google.cloud")),
    )
    assert found.of("google.cloud.storage.blob") == {"google-cloud-storage"}
    assert found.of("google.cloud", "bigquery") == {"google-cloud-bigquery"}
    assert found.of("google.cloud") == frozenset()
    assert found.namespaces == {"google", "google.cloud"}


def test_old_namespaces_that_several_ship_resolve_too() -> None:
    found = owning(
        zope_interface=facts("zope", "zope.interface"), zope_event=facts("zope", "zope.event")
    )
    assert found.of("zope.event.classhandler") == {"zope-event"}
    assert found.of("zope") == {"zope-event", "zope-interface"}


def test_two_distributions_may_ship_the_same_module() -> None:
    found = owning(opencv_python=facts("cv2"), opencv_python_headless=facts("cv2"))
    assert found.of("cv2", "imread") == {"opencv-python", "opencv-python-headless"}


def test_a_configured_module_belongs_to_that_distribution_alone() -> None:
    found = owning({"odd": "pillow"}, pillow=facts(exact=False), other=facts("odd"))
    assert found.of("odd.part") == {"pillow"}
    assert found.unknown == frozenset()


def test_a_distribution_without_facts_is_unknown_and_a_metapackage_is_not() -> None:
    found = owning(lost=facts(exact=False), meta=facts(), sdist=facts("s", exact=False))
    assert found.unknown == {"lost"}
