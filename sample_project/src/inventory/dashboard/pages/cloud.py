"""Cloud: hosts that an account runs and the inventory lacks."""

from __future__ import annotations

import streamlit as st

from inventory.services import HostService, discover_instances
from utils.frames import frame_hosts
from utils.state import forget_state, read_state


def render() -> None:
    """Draw the page."""
    if not st.button("Ask the account"):
        st.info("Uses the credentials of the environment that the dashboard runs in.")
        return
    known = {host.name for host in read_state().hosts}
    found = [host for host in discover_instances() if host.name not in known]
    st.dataframe(frame_hosts(found), hide_index=True)
    if found:
        added, _ = HostService().save(found)
        forget_state()
        st.success(f"{added} hosts added")


render()
