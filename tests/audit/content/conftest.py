"""Policies that hold at once, and what was kept under them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as live
from django.utils import timezone

from audit.ingest.contents import ContentIngestor
from audit.ingest.ingestor import Ingestor
from audit.models import AuditPolicy, KeptContent
from tests.audit.review.conftest import house

__all__ = ["house"]

Put = Callable[..., AuditPolicy]


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_BLOBS = tmp_path / "blobs"
    settings.AUDIT_SHREDDED_FILE = tmp_path / "shredded"
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "content-spool"


def put_policy(organisation_id: str = "", *rules: dict[str, str], **more: Any) -> AuditPolicy:
    """A version that is in force in this process now."""
    row = AuditPolicy.objects.create(
        organisation_id=organisation_id, number=AuditPolicy.objects.count() + 1, rules=list(rules),
        valid_from=timezone.now(), state=AuditPolicy.State.APPROVED, **more,
    )  # fmt: skip
    apps.get_app_config("audit").policy.load(AuditPolicy.objects.by_organisation())
    return row


def taken_in() -> list[KeptContent]:
    """All that waits is in the log now; the bodies that were kept."""
    apps.get_app_config("audit").close()
    for name in ("recorder", "contents"):
        apps.get_app_config("audit").__dict__.pop(name, None)
    Ingestor(live.AUDIT_SPOOL, live.AUDIT_NODE).run()
    ContentIngestor(live.AUDIT_CONTENT_SPOOL, live.AUDIT_NODE).run()
    return list(KeptContent.objects.order_by("pk"))
