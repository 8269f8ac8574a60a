"""System: the machine that serves the dashboard."""

from __future__ import annotations

import platform

import streamlit as st

from inventory.settings import read_settings


def read_memory() -> tuple[int, float]:
    """Return the bytes that this process uses and the share of all memory in percent."""
    import psutil

    process = psutil.Process()
    return process.memory_info().rss, process.memory_percent()


def render() -> None:
    """Draw the page."""
    st.write(f"Python {platform.python_version()} on {platform.platform()}")
    st.write(f"Database: `{read_settings().database_url}`")
    used, share = read_memory()
    st.metric("Memory of this process", f"{used / 1e6:.0f} MB", f"{share:.1f} %", "off")


render()
