"""The settings of the tests, with the audit log in a PostgreSQL database of its own."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES as _DATABASES

_POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "gatehouse_audit",
    "HOST": os.environ.get("GATEHOUSE_TEST_POSTGRESQL_HOST", "127.0.0.1"),
    "PORT": os.environ.get("GATEHOUSE_TEST_POSTGRESQL_PORT", "5432"),
    "USER": os.environ.get("GATEHOUSE_TEST_POSTGRESQL_USER", "postgres"),
    "PASSWORD": os.environ.get("GATEHOUSE_TEST_POSTGRESQL_PASSWORD", ""),
    "TEST": {"NAME": f"gatehouse_audit_test_{os.getpid()}"},
}
DATABASES = {**_DATABASES, "audit": _POSTGRESQL}
