"""Sites: what stands where."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from utils.frames import frame_sites
from utils.state import read_state


def render() -> None:
    """Draw the page."""
    frame = frame_sites(read_state().sites)
    measure = st.selectbox("Measure", ["hosts", "cpu_cores", "memory_gb", "disk_gb"])
    figure = go.Figure(go.Bar(x=frame["site"], y=frame[measure]))
    figure.update_layout(yaxis_title=measure.replace("_", " "))
    st.plotly_chart(figure)
    st.dataframe(frame, hide_index=True)


render()
