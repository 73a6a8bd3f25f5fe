"""Settings of the tests: a data directory of their own, nothing taken from the environment."""

import os
import tempfile

for _name in [name for name in os.environ if name.startswith("GATEHOUSE_") and not name.startswith("GATEHOUSE_TEST_")]:
    del os.environ[_name]
for _name in ("DATABASE_URL", "AUDIT_DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
    os.environ.pop(_name, None)
if url := os.environ.get("GATEHOUSE_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
os.environ["GATEHOUSE_DATA"] = tempfile.mkdtemp(prefix="gatehouse-test-")
os.environ["GATEHOUSE_PUBLIC_URL"] = "http://testserver"
os.environ["GATEHOUSE_REQUIRE_MFA"] = "off"

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
