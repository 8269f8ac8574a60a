"""Engines: which one is taken, what it is told, and how images are measured."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from pathlib import Path

import pytest

from extrasplit.edges.engine import (
    ANSWERED,
    ASKED,
    Buildah,
    Docker,
    demand,
    find_engine,
    read_oci,
    read_surroundings,
)
from extrasplit.edges.probing import Exchange
from extrasplit.edges.process import Finished
from extrasplit.errors import ExternalError


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_docker_is_taken_where_its_engine_answers(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", "echo 28.1")
    program(tmp_path / "bin", "buildah", "echo 1.39")
    assert isinstance(find_engine({"PATH": str(tmp_path / "bin")}), Docker)


def test_buildah_is_taken_where_no_engine_answers(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", "echo no socket >&2; exit 1")
    program(tmp_path / "bin", "buildah", "echo 1.39")
    assert isinstance(find_engine({"PATH": str(tmp_path / "bin")}), Buildah)


def test_an_engine_that_does_not_answer_is_told_with_the_way_out(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", "echo Cannot connect >&2; exit 1")
    with pytest.raises(ExternalError, match=r"does not answer: Cannot connect.*DOCKER_HOST"):
        find_engine({"PATH": str(tmp_path / "bin")})


def test_where_there_is_neither_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match=r"neither docker nor buildah.*install Docker Engine"):
        find_engine({"PATH": str(tmp_path)})


def test_base_images_certificates_and_network_are_the_environments(tmp_path: Path) -> None:
    certificates = tmp_path / "ca.pem"
    certificates.write_text("x")
    around = read_surroundings(
        {
            "EXTRASPLIT_PYTHON_IMAGE": "mine:3.13",
            "EXTRASPLIT_NETWORK": "none",
            "SSL_CERT_FILE": str(certificates),
        }
    )
    assert around.words() == [
        *("--network", "none", "--build-arg", "PYTHON_IMAGE=mine:3.13"),
        *("--secret", f"id=ca,src={certificates}"),
    ]
    assert read_surroundings({}).words() == ["--network", "host"]
    assert read_surroundings({"SSL_CERT_FILE": "/nowhere"}).certificates is None


def test_a_container_reads_the_request_and_may_only_write_its_answer() -> None:
    folders = Exchange(Path("/tmp/asked"), Path("/tmp/answered"))
    words = Docker("docker", read_surroundings({})).command("x:1", "name", ("shop", "a"), folders)
    assert words == (
        *("docker", "run", "--rm", "--init", "--no-healthcheck", "--name", "name"),
        *("--network", "host", "--entrypoint", "shop", "--volume", f"/tmp/asked:{ASKED}:ro"),
        *("--volume", f"/tmp/answered:{ANSWERED}", "x:1", "a"),
    )


def test_docker_is_measured_by_its_history_bottom_first(tmp_path: Path) -> None:
    history = [{"Size": "7", "CreatedBy": "RUN x"}, {"Size": "100", "CreatedBy": ""}]
    text = "\n".join(json.dumps(step) for step in history)
    program(tmp_path / "bin", "docker", f"[ $1 = image ] && echo 107 || cat <<'E'\n{text}\nE")
    docker = Docker(str(tmp_path / "bin/docker"), read_surroundings({}))
    measured = docker.measure("x")
    assert measured.size_bytes == 107
    assert [(layer.bytes, layer.created_by) for layer in measured.history] == [
        (100, ""),
        (7, "RUN x"),
    ]


def test_where_inspect_counts_what_is_compressed_the_contents_are_meant(tmp_path: Path) -> None:
    program(
        tmp_path / "bin", "docker",
        """[ $1 = image ] && echo 40 || echo '{"Size": "100", "CreatedBy": "x"}'""",
    )  # fmt: skip
    docker = Docker(str(tmp_path / "bin/docker"), read_surroundings({}))
    assert docker.measure("x").size_bytes == 100


def test_an_oci_layout_is_measured_by_the_files_in_its_layers(tmp_path: Path) -> None:
    blobs = tmp_path / "blobs/sha256"
    blobs.mkdir(parents=True)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, size in (("a", 300), ("b/c", 700)):
            entry = tarfile.TarInfo(name)
            entry.size = size
            archive.addfile(entry, io.BytesIO(bytes(size)))
    steps = [
        {"created_by": "ADD x"},
        {"created_by": "ENV y", "empty_layer": True},
    ]
    (blobs / "layer").write_bytes(stream.getvalue())
    (blobs / "config").write_text(json.dumps({"history": steps}))
    manifest = {"config": {"digest": "sha256:config"}, "layers": [{"digest": "sha256:layer"}]}
    (blobs / "manifest").write_text(json.dumps(manifest))
    index = {"manifests": [{"digest": "sha256:manifest"}]}
    (tmp_path / "index.json").write_text(json.dumps(index))
    assert [(layer.bytes, layer.created_by) for layer in read_oci(tmp_path)] == [
        (1000, "ADD x"),
        (0, "ENV y"),
    ]


def test_a_failed_build_is_one_sentence() -> None:
    said = "#7 ...\nERROR: failed to solve: no such target\n------\n"
    with pytest.raises(ExternalError, match="building web failed: ERROR: failed to solve"):
        demand(Finished(("docker",), 1, "", said), "building web")
