"""Capacity: groups of hosts that look alike."""

from __future__ import annotations

import pandas as pd
import plotly.express as px
import streamlit as st

from utils.frames import frame_hosts
from utils.state import read_state

MEASURES = ["cpu_cores", "memory_gb", "disk_gb"]


def group_hosts(frame: pd.DataFrame, groups: int) -> pd.Series | None:
    """Return a group for each host, None where scikit-learn is not installed."""
    try:
        from sklearn.cluster import KMeans
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        return None
    scaled = StandardScaler().fit_transform(frame[MEASURES])
    labels = KMeans(n_clusters=groups, n_init="auto", random_state=0).fit_predict(scaled)
    return pd.Series(labels, index=frame.index, name="group").astype(str)


def render() -> None:
    """Draw the page."""
    frame = frame_hosts(read_state().hosts)
    if len(frame) < 2:
        st.info("Groups need at least two hosts.")
        return
    wanted = st.slider("Groups", 2, min(6, len(frame)), 2) if len(frame) > 2 else 2
    groups = group_hosts(frame, wanted)
    if groups is None:
        st.info("Install scikit-learn to see groups of similar hosts.")
    st.plotly_chart(px.scatter(frame, x="cpu_cores", y="memory_gb", size="disk_gb", color=groups))


render()
