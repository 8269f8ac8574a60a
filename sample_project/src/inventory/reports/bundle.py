"""The report bundle: the PDF with a label sheet, and its annex as a Word document."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import segno
from docx import Document
from pypdf import PdfReader, PdfWriter

from inventory.records import HostRecord
from inventory.reports.generator import build_report
from inventory.services.hosts import SiteSummary


def make_label(host: HostRecord) -> bytes:
    """Return the QR code that is glued to a host, as a PNG."""
    stream = BytesIO()
    segno.make(f"inventory:host/{host.name}", error="m").save(stream, kind="png", scale=4)
    return stream.getvalue()


def make_label_sheet(hosts: Sequence[HostRecord]) -> bytes:
    """Return a PDF with one label a page."""
    writer = PdfWriter()
    for host in hosts:
        stream = BytesIO()
        segno.make(f"inventory:host/{host.name}", error="m").save(stream, kind="pdf", scale=6)
        writer.append(PdfReader(stream))
    sheet = BytesIO()
    writer.write(sheet)
    return sheet.getvalue()


def make_annex(hosts: Sequence[HostRecord]) -> bytes:
    """Return the host table as a Word document."""
    document = Document()
    document.add_heading("Annex: hosts", level=1)
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("Host", "Site", "System"), strict=True):
        cell.text = text
    for host in hosts:
        cells = table.add_row().cells
        for cell, text in zip(cells, (host.name, host.site, host.operating_system), strict=True):
            cell.text = text
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def build_bundle(hosts: Sequence[HostRecord], sites: Sequence[SiteSummary]) -> bytes:
    """Return the report followed by the labels, as one PDF."""
    report = BytesIO()
    build_report(report, hosts, sites)
    writer = PdfWriter()
    writer.append(PdfReader(report))
    if hosts:
        writer.append(PdfReader(BytesIO(make_label_sheet(hosts))))
    bundle = BytesIO()
    writer.write(bundle)
    return bundle.getvalue()
