"""How far behind the log is."""

import pytest
from django.conf import settings

from audit import lag
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


@pytest.mark.parametrize("type_name", ["proxy.request.rejected", "key.created"])
def test_what_waits_has_an_age_and_what_arrived_has_none(type_name: str) -> None:
    assert lag.seconds() == 0.0
    record(type_name)
    assert 0.0 < lag.seconds() < 60.0
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    assert lag.seconds() == 0.0
