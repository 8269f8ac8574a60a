"""Findings are silenced on their line; a string is no comment."""
import one  # extrasplit: ignore[unguarded] answered by the caller
import two  # extrasplit: ignore[missing, transitive] installed by the image
text = "# extrasplit: ignore[budget] not a comment"
