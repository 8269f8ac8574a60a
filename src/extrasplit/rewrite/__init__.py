"""Makes the files: pyproject.toml, Dockerfile, bake file, compose, workflow."""
