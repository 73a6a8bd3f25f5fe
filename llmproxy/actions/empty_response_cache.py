"""Emptying a response cache: nothing that was kept so far is given again."""

from django.db import transaction

from accounts.change_records import target_of
from audit.log import record
from llmproxy.models import ResponseCache


def execute(row: ResponseCache) -> None:
    """With its record, in one transaction."""
    with transaction.atomic():
        row.empty()
        record(
            "admin.response_cache.emptied",
            target=target_of(row),
            organisation_id=str(row.organisation_id),
            attrs={"generation": row.generation},
        )
