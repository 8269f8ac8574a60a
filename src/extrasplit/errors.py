"""What extrasplit raises: one sentence, the way out, and the exit code."""

from __future__ import annotations


class ExtrasplitError(Exception):
    """Bad input: the sentence names the file, key or URL; the hint names the way out."""

    exit_code = 2

    def __init__(self, sentence: str, *, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} ({self.hint})" if self.hint else self.sentence


class ExternalError(ExtrasplitError):
    """An external step failed: uv, the network, an engine; or a check knows nothing to stand on."""

    exit_code = 3
