"""The fleet as the pages see it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from inventory.records import HostRecord
from inventory.services import HostService, SiteSummary


@dataclass(frozen=True, slots=True)
class FleetState:
    """The hosts and sites of the database at one moment."""

    hosts: list[HostRecord]
    sites: list[SiteSummary]


def read_state() -> FleetState:
    """Return the state of this session, read from the database on first use."""
    if "fleet" not in st.session_state:
        service = HostService()
        st.session_state["fleet"] = FleetState(service.list_hosts(), service.summarize_sites())
    return st.session_state["fleet"]


def forget_state() -> None:
    """Have the next page read the database again."""
    st.session_state.pop("fleet", None)
