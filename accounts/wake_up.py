"""The wake-up call between processes: a Redis message that says only "look now"."""

import threading
from functools import lru_cache

import structlog
from django.conf import settings
from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)
CHANNEL = "gatehouse:changes"
CONNECT_SECONDS = 0.5
RETRY_SECONDS = 5.0


@lru_cache(maxsize=4)
def client(url: str) -> Redis:
    """Of the store, with short deadlines; one for each process."""
    return Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS)


def publish() -> None:
    """Wake every watcher. Best effort: they look by themselves every 250 ms."""
    try:
        client(settings.REDIS_URL).publish(CHANNEL, b"1")
    except (RedisError, OSError) as error:
        logger.debug("wake_up.not_sent", error=str(error))


class Listener:
    """Waits for the next wake-up, or for time to pass where Redis is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._subscription: PubSub | None = None
        self._silent_for = RETRY_SECONDS

    def wait(self, seconds: float, stopping: threading.Event) -> None:
        """Return after a wake-up, after `seconds`, or when `stopping` is set."""
        if self._subscription is None and not self._subscribed(seconds):
            stopping.wait(seconds)
            return
        try:
            if self._subscription is not None:
                self._subscription.get_message(ignore_subscribe_messages=False, timeout=seconds)
        except (RedisError, OSError):
            self.close()
            stopping.wait(seconds)

    def close(self) -> None:
        """Let go of the connection."""
        subscription, self._subscription = self._subscription, None
        self._silent_for = 0.0
        if subscription is not None:
            subscription.close()

    def _subscribed(self, seconds: float) -> bool:
        self._silent_for += seconds
        if self._silent_for < RETRY_SECONDS:
            return False
        self._silent_for = 0.0
        try:
            subscription = client(self._url).pubsub()  # type: ignore[no-untyped-call]
            subscription.subscribe(CHANNEL)
        except (RedisError, OSError):
            return False
        self._subscription = subscription
        return True
