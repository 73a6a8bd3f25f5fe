"""The first start makes what is missing, once, and has the log checked without anybody asking."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from audit.models import VerificationRun
from audit.tasks import take_up
from config.first_boot.bootstrap import bootstrap

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


def test_the_first_start_makes_an_administrator_and_the_log_is_checked(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    made = bootstrap()
    assert made is not None
    assert User.objects.get().check_password(made.admin_password)
    take_up()
    run = VerificationRun.objects.get()
    assert (run.state, run.asked_by) == (VerificationRun.State.HOLDS, "first boot")
    assert bootstrap() is None
    assert VerificationRun.objects.count() == 1
