"""Upload: take hosts from a workbook, give them back as one."""

from __future__ import annotations

from io import BytesIO

import streamlit as st

from inventory.excel import read_hosts, write_hosts
from inventory.records import InvalidRow
from inventory.services import HostService
from utils.state import forget_state, read_state


def render() -> None:
    """Draw the page."""
    upload = st.file_uploader("Workbook", type="xlsx")
    if upload is not None and st.button("Load"):
        try:
            added, updated = HostService().save(read_hosts(upload))
        except InvalidRow as error:
            st.error(str(error))
        else:
            forget_state()
            st.success(f"{added} hosts added, {updated} updated")
    if st.button("Prepare workbook"):
        stream = BytesIO()
        write_hosts(stream, read_state().hosts)
        st.download_button("Download workbook", stream.getvalue(), "fleet.xlsx")


render()
