"""Renders the GitHub workflow that builds each variant, tracks its size and holds its budget.

On a pull request it comments what each image gains or loses, and fails where one grows by more
than the limit or is over its budget. The form is that of
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extrasplit.rewrite.bake import image_tag
from extrasplit.rewrite.dockerfile import Build, Image
from extrasplit.rewrite.quoting import github_string

PATH = ".github/workflows/images.yml"


def render_workflow(
    build: Build,
    images: Sequence[Image],
    *,
    bake_file: str,
    limits: Mapping[str, int],
    fail_over: str = "5MB",
) -> str:
    """Return the workflow's text, without header.

    `limits` are bytes, by variant name; an image over its limit fails the job.
    """
    variants = "\n".join(_matrix_entry(build, image, limits) for image in images)
    return (
        _TEXT.replace("@VARIANTS@", variants)
        .replace("@BAKE_FILE@", github_string(bake_file))
        .replace("@FAIL_OVER@", github_string(fail_over))
    )


def _matrix_entry(build: Build, image: Image, limits: Mapping[str, int]) -> str:
    limit = limits.get(image.stage.variant.name, 0)
    return (
        f"          - target: {github_string(image.stage.name)}\n"
        f"            image: {github_string(image_tag(build, image))}\n"
        f"            limit: {limit}"
    )


_TEXT = """\
name: images

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read
  pull-requests: write

concurrency:
  group: images-${{ github.ref }}
  cancel-in-progress: true

jobs:
  sizes:
    name: sizes, predicted
    runs-on: ubuntu-latest
    env:
      FAIL_OVER: @FAIL_OVER@
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: astral-sh/setup-uv@v6
      - uses: actions/cache@v4
        with:
          path: ~/.cache/extrasplit
          key: extrasplit-${{ hashFiles('uv.lock') }}
          restore-keys: extrasplit-
      - name: Check what the images need
        run: uvx extrasplit check --online
      - name: Compare with the target branch
        if: github.event_name == 'pull_request'
        run: |
          status=0
          uvx extrasplit diff "origin/${GITHUB_BASE_REF}" --format markdown \\
            --fail-over "${FAIL_OVER}" >comment.md || status=$?
          cat comment.md >>"${GITHUB_STEP_SUMMARY}"
          echo "status=${status}" >>"${GITHUB_ENV}"
      - name: Comment on the pull request
        if: github.event_name == 'pull_request' && !github.event.pull_request.head.repo.fork
        env:
          GH_TOKEN: ${{ github.token }}
          NUMBER: ${{ github.event.pull_request.number }}
        run: |
          gh pr comment "${NUMBER}" --body-file comment.md --edit-last --create-if-none
      - name: Hold the limit
        if: github.event_name == 'pull_request'
        run: exit "${status}"
      - name: Show all images
        if: github.event_name == 'push'
        run: uvx extrasplit suggest --format markdown >>"${GITHUB_STEP_SUMMARY}"

  build:
    name: build ${{ matrix.target }}
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        include:
@VARIANTS@
    env:
      TARGET: ${{ matrix.target }}
      IMAGE: ${{ matrix.image }}
      LIMIT: ${{ matrix.limit }}
      BAKE_FILE: @BAKE_FILE@
      REVISION: ${{ github.sha }}
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-buildx-action@v3
      - name: Build
        run: |
          docker buildx bake --file "${BAKE_FILE}" --load \\
            --set "*.platform=linux/amd64" \\
            --set "*.cache-from=type=gha,scope=${TARGET}" \\
            --set "*.cache-to=type=gha,scope=${TARGET},mode=max" \\
            "${TARGET}"
      - name: Restore earlier sizes
        uses: actions/cache/restore@v4
        with:
          path: sizes.csv
          key: sizes-${{ matrix.target }}-${{ github.run_id }}
          restore-keys: sizes-${{ matrix.target }}-
      - name: Measure
        run: |
          bytes=$(docker image inspect --format '{{.Size}}' "${IMAGE}:latest")
          echo "$(date -u +%F),${REVISION},${bytes}" >>sizes.csv
          {
            echo "### ${TARGET}: $((bytes / 1000000)) MB"
            echo '| date | commit | MB |'
            echo '|---|---|---|'
            tail -n 10 sizes.csv | awk -F, '{printf "| %s | %.9s | %.1f |\\n", $1, $2, $3 / 1e6}'
          } >>"${GITHUB_STEP_SUMMARY}"
          if [ "${LIMIT}" -gt 0 ] && [ "${bytes}" -gt "${LIMIT}" ]; then
            echo "::error::${TARGET} has ${bytes} bytes, its limit is ${LIMIT}"
            exit 1
          fi
      - name: Keep sizes
        if: github.event_name == 'push'
        uses: actions/cache/save@v4
        with:
          path: sizes.csv
          key: sizes-${{ matrix.target }}-${{ github.run_id }}
"""
