"""Hosts: the table, filtered."""

from __future__ import annotations

import streamlit as st

from utils.frames import frame_hosts
from utils.state import read_state


def render() -> None:
    """Draw the page."""
    frame = frame_hosts(read_state().hosts)
    sites = st.multiselect("Sites", sorted(frame["site"].unique()))
    if sites:
        frame = frame[frame["site"].isin(sites)]
    name = st.text_input("Name contains")
    if name:
        frame = frame[frame["name"].str.contains(name, case=False, regex=False)]
    st.dataframe(frame, hide_index=True)
    st.caption(f"{len(frame)} hosts")
