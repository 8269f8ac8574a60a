"""The fleet report as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import IO

from reportlab.graphics.charts.barcharts import HorizontalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from inventory.records import HostRecord
from inventory.services.hosts import SiteSummary

HEADER_COLOR = colors.HexColor("#1f4e79")


class PageFooter(Canvas):
    """A canvas that numbers each page."""

    def showPage(self) -> None:
        self.setFont("Helvetica", 8)
        self.drawRightString(A4[0] - 20 * mm, 12 * mm, f"Page {self.getPageNumber()}")
        super().showPage()


def _styled(rows: list[list[str]]) -> Table:
    table = Table(rows, repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), HEADER_COLOR),
                ("TEXTCOLOR", (0, 0), (-1, 0), colors.white),
                ("FONTSIZE", (0, 0), (-1, -1), 8),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.whitesmoke]),
            ]
        )
    )
    return table


def _site_chart(sites: Sequence[SiteSummary]) -> Drawing:
    drawing = Drawing(170 * mm, (12 * len(sites) + 20) * mm)
    chart = HorizontalBarChart()
    chart.x, chart.y = 35 * mm, 8 * mm
    chart.width, chart.height = 120 * mm, 12 * len(sites) * mm
    chart.data = [[site.hosts for site in sites]]
    chart.categoryAxis.categoryNames = [site.name for site in sites]
    chart.valueAxis.valueMin = 0
    chart.bars[0].fillColor = HEADER_COLOR
    drawing.add(chart)
    return drawing


def build_report(
    target: Path | IO[bytes],
    hosts: Sequence[HostRecord],
    sites: Sequence[SiteSummary],
    *,
    title: str = "Fleet report",
    today: date | None = None,
) -> None:
    """Write the report on `hosts` and `sites` to `target`."""
    styles = getSampleStyleSheet()
    today = today or date.today()
    story: list[Flowable] = [
        Paragraph(title, styles["Title"]),
        Paragraph(f"{len(hosts)} hosts at {len(sites)} sites on {today}", styles["Normal"]),
        Spacer(1, 8 * mm),
    ]
    if sites:
        story += [Paragraph("Hosts by site", styles["Heading2"]), _site_chart(sites)]
    rows = [["Host", "Site", "Environment", "System", "Cores", "Memory", "Support ends"]]
    rows += [
        [
            host.name,
            host.site,
            host.environment,
            host.operating_system,
            str(host.cpu_cores),
            f"{host.memory_gb} GB",
            host.support_ends.isoformat() if host.support_ends else "",
        ]
        for host in hosts
    ]
    story += [Paragraph("Hosts", styles["Heading2"]), _styled(rows)]
    document = SimpleDocTemplate(
        str(target) if isinstance(target, Path) else target, pagesize=A4, title=title
    )
    document.build(story, canvasmaker=PageFooter)
