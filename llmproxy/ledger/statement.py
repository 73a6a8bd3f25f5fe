"""A month's statement of one organisation: by cost centre, team and model, as CSV and as PDF."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from accounts.models import Organisation, Team
from llmproxy.models import LedgerEntry

HEADERS = ("Cost centre", "Team", "Model", "Calls", "Tokens in", "Tokens out", "US dollars", "Without a price")
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class BadMonth(ValueError):
    """Not a month as `2026-11`."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one cost centre, team and model used. `cost` in US dollars is what is known of it.

    Copies of calls (hedges, shadows) are in the tokens, the cost and `unpriced`, and not among the calls.
    """

    cost_centre: str
    team: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    unpriced: int

    def cells(self) -> tuple[str, ...]:
        """As texts, in the order of HEADERS."""
        numbers = (f"{self.calls}", f"{self.tokens_in}", f"{self.tokens_out}", f"{self.cost:.6f}", f"{self.unpriced}")
        return (self.cost_centre, self.team, self.model, *numbers)


@dataclass(frozen=True, slots=True)
class Statement:
    """One month. `until` is the first moment of the next, or now."""

    organisation: str
    month: str
    lines: Sequence[Line]

    @property
    def total(self) -> Decimal:
        """US dollars."""
        return sum((line.cost for line in self.lines), Decimal(0))

    @property
    def total_shown(self) -> str:
        """To the cent, and further where cents would hide something."""
        return f"{self.total:,.2f}" if self.total >= 1 or not self.total else f"{self.total:.6f}"

    @property
    def unpriced(self) -> int:
        """Calls, and copies of them, that are not in the total, because nobody knows their price."""
        return sum(line.unpriced for line in self.lines)


def month_of(text: str) -> tuple[datetime, datetime]:
    """From and to. Raises BadMonth."""
    try:
        begin = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadMonth("A month such as 2026-11.") from error
    return begin, (begin + timedelta(days=32)).replace(day=1)


def statement(organisation: Organisation, month: str) -> Statement:
    """From the ledger as it is now. Raises BadMonth."""
    begin, end = month_of(month)
    entries = LedgerEntry.objects.filter(organisation=organisation, at__gte=begin, at__lt=end)
    rows = entries.order_by().values("cost_centre", "team_id", "model").annotate(
        calls=Count("id", filter=Q(kind=LedgerEntry.Kind.CALL)), incoming=Sum("tokens_in"),
        outgoing=Sum("tokens_out"), nano=Sum("cost_nano"),
        unpriced=Count("id", filter=Q(cost_nano=None)),
    )  # fmt: skip
    teams = {str(pk): name for pk, name in Team.objects.filter(organisation=organisation).values_list("pk", "name")}
    lines = [
        Line(
            row["cost_centre"], teams.get(row["team_id"], row["team_id"]), row["model"], row["calls"],
            row["incoming"] or 0, row["outgoing"] or 0, Decimal(row["nano"] or 0) / 10**9, row["unpriced"],
        )
        for row in rows
    ]  # fmt: skip
    return Statement(organisation.name, month, sorted(lines, key=lambda line: line.cells()[:3]))


def as_csv(made: Statement) -> bytes:
    """UTF-8, with a line of headers; a cell is never a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for line in made.lines:
        writer.writerow(f"'{cell}" if cell.startswith(FORMULA) else cell for cell in line.cells())
    return text.getvalue().encode()


def as_pdf(made: Statement) -> bytes:
    """A4, with the total first."""
    out, styles = io.BytesIO(), getSampleStyleSheet()
    title = f"Statement {made.month}"
    page = SimpleDocTemplate(
        out, pagesize=A4, title=title, author="Gatehouse", leftMargin=15 * mm, rightMargin=15 * mm, invariant=1
    )
    unpriced = f" {made.unpriced} calls and copies of calls have no known price and are not in it."
    story = [
        Paragraph(title, styles["Title"]),
        Paragraph(_plain(made.organisation), styles["Heading2"]),
        Paragraph(f"Total: {made.total:,.6f} US dollars.{unpriced if made.unpriced else ''}", styles["Normal"]),
        Spacer(1, 6 * mm),
        _table(made, styles["BodyText"]),
    ]
    page.build(story)
    return out.getvalue()


def _table(made: Statement, style: object) -> Table:
    rows: list[list[object]] = [list(HEADERS)]
    rows += [
        [Paragraph(_plain(cell), style) for cell in line.cells()[:3]] + list(line.cells()[3:]) for line in made.lines
    ]
    widths = [24 * mm, 26 * mm, 40 * mm, 14 * mm, 20 * mm, 20 * mm, 22 * mm, 16 * mm]
    table = Table(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("FONTSIZE", (0, 0), (-1, -1), 7),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e2e8f0")),
                ("ALIGN", (3, 0), (-1, -1), "RIGHT"),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#94a3b8")),
            ]
        )
    )
    return table


def _plain(text: str) -> str:
    """Names are data, and no markup of the document."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
