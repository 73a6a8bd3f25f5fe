"""Credentials that are none, counted for each address in this process's memory (SECURITY 5.8, ASVS 6.1.1).

Nobody guesses 256 random bits: what this protects is the machine and the log. So it slows strangers down and locks
nobody out: a credential that holds is let in, whatever else came from its address.
"""

import threading
import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network

MOST = 100
WINDOW_SECONDS = 60.0
MOST_ADDRESSES = 10_000
ELSEWHERE = "others"
# Not tokens that held once: who uses one a little too long is no stranger.
GUESSES = frozenset({"unknown_key", "key_secret", "format", "header", "typ", "alg", "kid", "signature"})


class Misses:
    """Safe to use from the event loop and from threads.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._counts: dict[str, int] = {}
        self._untold: dict[str, int] = {}

    def too_many(self, address: str) -> bool:
        """Count one more from this address; whether it is beyond what is answered one by one."""
        with self._lock:
            if self._clock() - self._began > WINDOW_SECONDS:
                self._began, self._counts = self._clock(), {}
            place = self._place(address)
            number = self._counts[place] = self._counts.get(place, 0) + 1
            if number > MOST:
                self._untold[place] = self._untold.get(place, 0) + 1
            return number > MOST

    def taken(self) -> dict[str, int]:
        """Address to how many were not put on record one by one, since the last time."""
        with self._lock:
            untold, self._untold = self._untold, {}
            return untold

    def _place(self, address: str) -> str:
        """Who has one IPv6 address has 2⁶⁴; whoever comes when the table is full shares one place."""
        try:
            if ip_address(address).version == 6:
                address = str(ip_network(f"{address}/64", strict=False))
        except ValueError:
            address = ELSEWHERE
        known = address in self._counts or len(self._counts) < MOST_ADDRESSES
        return address if known else ELSEWHERE
