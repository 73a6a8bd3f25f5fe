"""What "ready" means, one function a question. The reasons hold no secret and no address."""

import os
import shutil

import redis
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from accounts.apps import AccountsConfig
from accounts.models.signing_key import SigningKey, SigningKeyState
from audit import lag
from config.running import app
from llmproxy.apps import LlmproxyConfig

REDIS_TIMEOUT = 0.5  # seconds
LEAST_FREE_BYTES = 64 * 1024 * 1024


class NotReady(Exception):
    """Why a check fails, in words an operator can act on."""


def database(alias: str) -> str:
    """The database answers."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady(f"the database does not answer ({type(error).__name__})") from error
    return "answers"


def migrations() -> str:
    """Every migration is applied, on each database."""
    for alias in {"default", settings.AUDIT_DB_ALIAS}:
        try:
            executor = MigrationExecutor(connections[alias])
            waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            raise NotReady(f"the database does not answer ({type(error).__name__})") from error
        if waiting:
            raise NotReady(f"{len(waiting)} migrations are not applied: run manage.py migrate")
    return "applied"


def valkey() -> str:
    """The Redis protocol server answers."""
    limits = {"socket_timeout": REDIS_TIMEOUT, "socket_connect_timeout": REDIS_TIMEOUT}
    client = redis.Redis.from_url(settings.REDIS_URL, **limits)
    try:
        client.ping()
    except redis.RedisError as error:
        raise NotReady(f"the Redis or Valkey server does not answer ({type(error).__name__})") from error
    finally:
        client.close()
    return "answers"


def change_watcher() -> str:
    """Configuration and revocations are fresh; older than this, calls wait and are then refused."""
    age = float(app("accounts", AccountsConfig).watcher.age())
    if age > settings.GATEHOUSE_STALE_SECONDS:
        raise NotReady(f"configuration was last confirmed {min(age, 86400):.1f} s ago")
    return f"confirmed {age:.1f} s ago"


def spool() -> str:
    """The audit spool can be written: its directory is ours and the disk is not full."""
    directory = settings.AUDIT_SPOOL if settings.AUDIT_SPOOL.exists() else settings.AUDIT_SPOOL.parent
    if not os.access(directory, os.W_OK | os.X_OK):
        raise NotReady("the spool directory is not writable")
    free = shutil.disk_usage(directory).free
    if free < LEAST_FREE_BYTES:
        raise NotReady(f"only {free // 1024 // 1024} MiB are free on the spool's disk")
    return "writable"


def audit_lag() -> str:
    """How long the oldest record waits to be taken into the log. Late is not lost: a slow worker stops no traffic."""
    files = list(settings.AUDIT_SPOOL.glob("*/*/*.seg"))
    waiting = len(files) - len({path.parent for path in files})  # of each writer, the last one is open
    try:
        age = lag.seconds()
    except DatabaseError as error:
        raise NotReady(f"the database does not answer ({type(error).__name__})") from error
    except OSError as error:
        raise NotReady(f"the spool cannot be read ({type(error).__name__})") from error
    return f"the oldest record waits {age:.0f} s; {waiting} spool segments wait"


def catalog() -> str:
    """The data plane's configuration is loaded, and every row of it could be used."""
    current = app("llmproxy", LlmproxyConfig).catalog.current
    if not current.version:
        raise NotReady("the configuration is not loaded yet")
    problems = len(current.problems)
    return f"version {current.version}" + (f", {problems} rows cannot be used: see System, Health" if problems else "")


def signing_key() -> str:
    """There is a key to sign tokens with."""
    try:
        found = SigningKey.objects.filter(state=SigningKeyState.ACTIVE).exists()
    except DatabaseError as error:
        raise NotReady(f"the database does not answer ({type(error).__name__})") from error
    if not found:
        raise NotReady("there is no active signing key: manage.py up makes one at the first boot")
    return "active"
