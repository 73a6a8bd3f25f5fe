"""Lists by key: a page costs the same however far down it lies, and nothing is counted."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response


class KeysetPagination(CursorPagination):
    """`?limit=` rows (50, at most 200) from `?cursor=` on, newest first.

    The answer is `{"items": […], "next_cursor": …, "previous_cursor": …}`; null where there is no more. Ids are UUIDv7,
    so their order is that of creation.
    """

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-id"
    cursor_query_description = "`next_cursor` or `previous_cursor` of another page."
    page_size_query_description = "Rows a page: 50 where nothing is said, 200 at most."

    def get_page_size(self, request: Request) -> int:
        """Raises ValidationError for what is no number from 1 to 200."""
        text = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= self.max_page_size:
            raise ValidationError({"limit": f"A number from 1 to {self.max_page_size}."})
        return int(text)

    def decode_cursor(self, request: Request) -> Any:
        """Raises ValidationError for what is no cursor of ours."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError({"cursor": "Not a cursor of this list."}) from error

    def encode_cursor(self, cursor: Cursor) -> str:
        """The bare cursor: addresses are made by who asks, never from the Host header."""
        link = super().encode_cursor(cursor)
        return link.partition(f"{self.cursor_query_param}=")[2].partition("&")[0].replace("%3D", "=")

    def get_paginated_response(self, data: Any) -> Response:
        """The page."""
        return Response(
            {"items": data, "next_cursor": self.get_next_link(), "previous_cursor": self.get_previous_link()}
        )

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """For the OpenAPI description."""
        cursor = {"type": "string", "nullable": True}
        return {
            "type": "object",
            "required": ["items", "next_cursor", "previous_cursor"],
            "properties": {
                "items": schema,
                "next_cursor": cursor,
                "previous_cursor": cursor,
            },
        }
