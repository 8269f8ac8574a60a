"""Which pages there are."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages import hosts, overview


def build_navigation() -> StreamlitPage:
    """Return the page to run; the two that everyone opens are loaded with the app."""
    return st.navigation(
        {
            "Fleet": [
                st.Page(overview.render, title="Overview", url_path="overview", default=True),
                st.Page(hosts.render, title="Hosts", url_path="hosts"),
                st.Page("pages/sites.py", title="Sites"),
                st.Page("pages/capacity.py", title="Capacity"),
            ],
            "Data": [
                st.Page("pages/explorer.py", title="Explorer"),
                st.Page("pages/upload.py", title="Upload"),
                st.Page("pages/cloud.py", title="Cloud"),
            ],
            "Output": [
                st.Page("pages/reports.py", title="Reports"),
                st.Page("pages/system.py", title="System"),
            ],
        }
    )
