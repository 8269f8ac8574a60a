"""Overview: the fleet in four numbers and two charts."""

from __future__ import annotations

from datetime import date

import plotly.express as px
import streamlit as st

from utils.frames import frame_hosts
from utils.state import read_state


def render() -> None:
    """Draw the page."""
    hosts = read_state().hosts
    if not hosts:
        st.info("The inventory is empty. Load a workbook on the Upload page.")
        return
    today = date.today()
    expired = sum(1 for host in hosts if host.support_ends and host.support_ends < today)
    columns = st.columns(4)
    columns[0].metric("Hosts", len(hosts))
    columns[1].metric("Cores", sum(host.cpu_cores for host in hosts))
    columns[2].metric("Memory", f"{sum(host.memory_gb for host in hosts)} GB")
    columns[3].metric("Out of support", expired)
    frame = frame_hosts(hosts)
    left, right = st.columns(2)
    left.plotly_chart(px.histogram(frame, x="site", color="environment", title="Hosts by site"))
    right.plotly_chart(px.pie(frame, names="operating_system", title="Operating systems"))
