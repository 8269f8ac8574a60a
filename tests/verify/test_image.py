"""A built image held against its prediction, layer by layer."""

from __future__ import annotations

from extrasplit.verify.image import (
    Foretold,
    Layer,
    base_layers,
    compiles_bytecode,
    predict_image,
    predict_layers,
)

SYNC = "RUN /bin/sh -c if [ -s x ]; then true; fi; uv sync --project /src --frozen --no-dev"
HISTORY = (
    Layer(70, "ADD rootfs.tar"),
    Layer(30, "RUN make python"),
    Layer(0, "ARG UV_COMPILE_BYTECODE=0"),
    Layer(0, "WORKDIR /app"),
    Layer(5, "RUN apt-get install fonts"),
    Layer(41, f"{SYNC} --no-install-project"),
    Layer(199, f"{SYNC} --no-install-project --extra dash --extra 'pan.das'"),
    Layer(11, f"{SYNC} --extra dash --extra 'pan.das'"),
    Layer(12, "COPY src /app/src # buildkit"),
    Layer(3, "COPY data /app/data # buildkit"),
    Layer(0, 'CMD ["shop"]'),
)
FORETOLD = Foretold(
    installed_bytes={frozenset(): 40, frozenset({"dash", "pan.das"}): 240},
    own_bytes=10,
    source_folders=frozenset({"src"}),
)


def test_what_python_brings_is_foretold_and_the_rest_taken_as_found() -> None:
    layers = predict_layers(base_layers(HISTORY), FORETOLD)
    assert [(layer.bytes, layer.predicted_bytes) for layer in layers] == [
        (100, None),  # the base image
        (5, None),  # Debian's packages
        (41, 40),
        (199, 200),  # the difference of the two variants
        (11, 10),
        (12, 10),
        (3, None),  # the owner's data
    ]
    assert predict_image(layers) == 100 + 5 + 40 + 200 + 10 + 10 + 3


def test_buildahs_own_words_for_a_copy_are_understood() -> None:
    copied = Layer(12, "/bin/sh -c #(nop) COPY dir:1f2e in /app/src ")
    (layer,) = predict_layers([copied], FORETOLD)
    assert layer.predicted_bytes == 10


def test_a_variant_that_nobody_knows_is_taken_as_found() -> None:
    layers = predict_layers(base_layers(HISTORY), Foretold({}, 10, frozenset()))
    assert [layer.predicted_bytes for layer in layers[:4]] == [None] * 4


def test_bytecode_counts_where_the_file_says_so() -> None:
    assert not compiles_bytecode(HISTORY)
    assert compiles_bytecode([Layer(0, "ARG UV_COMPILE_BYTECODE=1")])


def test_a_history_without_a_generated_part_is_all_found() -> None:
    layers = base_layers((Layer(7, "RUN x"), Layer(0, "CMD y")))
    assert [(layer.bytes, layer.created_by) for layer in layers] == [
        (0, "the base image"),
        (7, "RUN x"),
    ]
