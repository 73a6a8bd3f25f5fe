"""Filters of lists: those that the view names, and no others."""

from typing import Any

from django_filters.rest_framework.backends import DjangoFilterBackend
from django_filters.rest_framework.filters import BooleanFilter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

PAGING = frozenset({"cursor", "limit"})


class StrictFilters(DjangoFilterBackend):
    """As django-filter's; an unknown filter is refused: leaving it out would answer more than asked."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Raises ValidationError for unknown names and values that cannot be."""
        filters: Any = self.get_filterset_class(view, queryset)  # type: ignore[no-untyped-call]
        known = frozenset(filters.base_filters) if filters is not None else frozenset()
        if unknown := sorted(set(request.query_params) - known - PAGING):
            offered = ", ".join(sorted(known | PAGING))
            raise ValidationError(dict.fromkeys(unknown, f"There is no such filter. Known: {offered}."))
        names = [
            name for name, one in (filters.base_filters if filters else {}).items() if isinstance(one, BooleanFilter)
        ]
        if odd := [name for name in names if request.query_params.get(name, "true") not in ("true", "false")]:
            raise ValidationError(dict.fromkeys(odd, "true or false."))
        return super().filter_queryset(request, queryset, view)  # type: ignore[no-untyped-call]
