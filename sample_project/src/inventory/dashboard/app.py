"""The dashboard: `streamlit run` starts this file."""

from __future__ import annotations

import streamlit as st
from streamlit_extras.add_vertical_space import add_vertical_space
from streamlit_extras.badges import badge
from streamlit_extras.colored_header import colored_header
from streamlit_extras.metric_cards import style_metric_cards
from streamlit_extras.stylable_container import stylable_container

from inventory import __version__
from router import build_navigation
from utils.state import FleetState, read_state


def draw_sidebar(state: FleetState) -> None:
    """Show what is selected and how large the fleet is."""
    with st.sidebar:
        with stylable_container("fleet", "{ border-left: 4px solid #1f4e79; padding-left: 8px }"):
            st.metric("Hosts", len(state.hosts))
            st.metric("Sites", len(state.sites))
        style_metric_cards(border_left_color="#1f4e79")
        add_vertical_space(2)
        badge(type="pypi", name="fleet-inventory")
        st.caption(f"fleet-inventory {__version__}")


def main() -> None:
    """Draw the frame and the page that is selected."""
    st.set_page_config(page_title="Fleet inventory", page_icon=":material/dns:", layout="wide")
    page = build_navigation()
    draw_sidebar(read_state())
    colored_header(label=page.title, description="", color_name="blue-70")
    page.run()


main()
