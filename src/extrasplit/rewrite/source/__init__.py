"""Makes import lines run later, and leaves every byte beside them as it was."""

from extrasplit.rewrite.source.defer import Deferred, defer
from extrasplit.rewrite.source.guard import Answer
from extrasplit.rewrite.source.late import LateAnswer, LateImport

__all__ = ["Answer", "Deferred", "LateAnswer", "LateImport", "defer"]
