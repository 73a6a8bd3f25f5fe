"""How long a test goes on: a moment within `make test`, much longer in `make test-resilience`."""

import os

LONG = os.environ.get("GATEHOUSE_TEST_LONG") == "1"


def rounds(short: int, long: int) -> int:
    """How often to do it."""
    return long if LONG else short
