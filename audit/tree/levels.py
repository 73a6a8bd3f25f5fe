"""How much of a call is kept."""

from enum import IntEnum


class Level(IntEnum):
    """From nothing to everything; the number stands in the record's `audit_level`."""

    NONE = 0
    METADATA = 1
    REQUEST = 2
    EVERYTHING = 3


NAMES = {
    Level.NONE: "none",
    Level.METADATA: "metadata",
    Level.REQUEST: "request",
    Level.EVERYTHING: "request_and_answer",
}
TITLES = {
    Level.NONE: "Nothing: such calls are only counted and billed",
    Level.METADATA: "Facts only: who, when, which model, how much",
    Level.REQUEST: "Facts and what was asked",
    Level.EVERYTHING: "Facts, what was asked and what was answered",
}
BY_NAME = {name: level for level, name in NAMES.items()}
