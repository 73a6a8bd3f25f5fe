"""Budgets that tokens may name: smaller ones for a job or an agent, besides all that hold anyway."""

import uuid

from django.db.models import Q

from llmproxy.models import Budget


class NamedBudgets:
    """Named by settings.ACCOUNTS_BUDGETS; see accounts.named_budgets."""

    def find(self, organisation_id: str, text: str) -> str | None:
        """By its id, else by its name."""
        rows = Budget.objects.filter(organisation_id=organisation_id, named_only=True, enabled=True)
        found = rows.filter(Q(name=text) | Q(pk=_id(text))).values_list("pk", "name")
        by_name = {name == text: str(pk) for pk, name in found}
        return by_name.get(False) or by_name.get(True)


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
