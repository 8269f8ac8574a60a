"""Explorer: drag columns onto a chart."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from utils.frames import frame_hosts
from utils.packages import is_package_installed
from utils.state import read_state

try:
    from pygwalker.api.streamlit import StreamlitRenderer
except ImportError:
    StreamlitRenderer = None


def prepare_explorer() -> str:
    """Return which explorer this installation has, told to send nothing to its makers."""
    if is_package_installed("pygwalker"):
        import pygwalker

        pygwalker.GlobalVarManager.set_privacy("offline")
        return f"pygwalker {pygwalker.__version__}"
    return "the plain table"


def export_chart_page(frame: pd.DataFrame) -> None:
    """Offer the explorer as a page of its own."""
    if st.button("Export as HTML"):
        import pygwalker

        st.download_button("Download", pygwalker.to_html(frame), "fleet.html", "text/html")


def render() -> None:
    """Draw the page."""
    frame = frame_hosts(read_state().hosts)
    st.caption(f"Shown with {prepare_explorer()}")
    if StreamlitRenderer is not None and st.toggle("Interactive"):
        StreamlitRenderer(frame).explorer()
    else:
        st.dataframe(frame, hide_index=True)
    export_chart_page(frame)


render()
