"""The `Prefer` header (RFC 7240): what a caller would like, and what of it was done."""

from collections.abc import Iterator

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

COUNT_ESTIMATED = "count=estimated"
COUNT_PARAMETERS = [
    OpenApiParameter(
        "Prefer", str, OpenApiParameter.HEADER,
        description=f"`{COUNT_ESTIMATED}`: also `estimated_total`, how many there are, from the roll-ups. "
        "Not answered where a filter is on that only the events themselves can answer.",
    ),
    OpenApiParameter(
        "Preference-Applied", str, OpenApiParameter.HEADER, response=[200], enum=[COUNT_ESTIMATED],
        description="Whether it was done.",
    ),
]  # fmt: skip


def wants_estimate(request: Request) -> bool:
    """Whether a count is asked for. Of a preference that is given twice the first one holds; others are let be."""
    return next((value for name, value in _preferences(request) if name == "count"), "") == "estimated"


def _preferences(request: Request) -> Iterator[tuple[str, str]]:
    for part in request.headers.get("Prefer", "").split(","):
        name, _, value = part.partition(";")[0].partition("=")
        yield name.strip().lower(), value.strip().strip('"')
