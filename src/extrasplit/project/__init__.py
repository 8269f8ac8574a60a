"""What the maintainer wrote: pyproject.toml, settings, source layout, entrypoints."""
