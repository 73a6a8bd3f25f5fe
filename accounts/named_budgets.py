"""What accounts has to know of budgets: whether a token may name one.

Budgets are kept by who meters calls, above this app; settings.ACCOUNTS_BUDGETS says who that is.
"""

from functools import lru_cache
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class NamedBudgets(Protocol):
    """The seam."""

    def find(self, organisation_id: str, text: str) -> str | None:
        """The id of a budget of the organisation that tokens may name, by its id or its name; None: there is none."""
        ...


@lru_cache(maxsize=1)
def named_budgets() -> NamedBudgets:
    """The one that settings name."""
    return cast(NamedBudgets, import_string(settings.ACCOUNTS_BUDGETS)())
