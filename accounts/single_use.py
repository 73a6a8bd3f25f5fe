"""What must be seen once only, and what is counted for a while: by the store that all processes share."""

import hashlib

from django.conf import settings
from redis.exceptions import RedisError

from accounts.wake_up import client


class StoreAway(Exception):
    """Redis or Valkey does not answer."""


def first_use(kind: str, value: str, seconds: int) -> bool:
    """Whether `value` was not seen in the last `seconds`; from now on it was. Raises StoreAway."""
    try:
        return bool(client(settings.REDIS_URL).set(name_of(kind, value), b"1", nx=True, ex=seconds))
    except (RedisError, OSError) as error:
        raise StoreAway from error


def counted(kind: str, value: str, seconds: int) -> int:
    """How often `value` was counted in the running window of `seconds`, with this time. Raises StoreAway."""
    name = name_of(kind, value)
    try:
        with client(settings.REDIS_URL).pipeline() as steps:
            steps.set(name, 0, nx=True, ex=seconds)
            steps.incr(name)
            return int(steps.execute()[1])
    except (RedisError, OSError) as error:
        raise StoreAway from error


def name_of(kind: str, value: str) -> str:
    """What it is kept under: of fixed length, whatever the client chose."""
    return f"gatehouse:{kind}:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"
