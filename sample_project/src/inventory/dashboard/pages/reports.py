"""Reports: documents about the fleet."""

from __future__ import annotations

from datetime import date

import streamlit as st

from utils.state import FleetState, read_state


def draw_downloads(state: FleetState) -> None:
    """Offer the bundle, its annex and one label."""
    from inventory.reports.bundle import build_bundle, make_annex, make_label

    stem = f"fleet-{date.today()}"
    st.download_button("Bundle", build_bundle(state.hosts, state.sites), f"{stem}.pdf")
    st.download_button("Annex", make_annex(state.hosts), f"{stem}.docx")
    if state.hosts:
        host = st.selectbox("Label for", state.hosts, format_func=lambda host: host.name)
        st.image(make_label(host), caption=host.name)


def render() -> None:
    """Draw the page."""
    st.write("The bundle holds the fleet report and a sheet of labels.")
    if st.button("Prepare documents"):
        draw_downloads(read_state())


render()
