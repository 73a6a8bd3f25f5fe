"""Letting a call in: limits and budgets say yes or no before it is on record, and hear of its end exactly once."""

from collections.abc import Iterable
from typing import Protocol

from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import Copy
from llmproxy.pipeline.runtime import Runtime

Header = tuple[bytes, bytes]


class Admission(Protocol):
    """One rule book. Decides from memory; only where that does not suffice may it wait for a store."""

    async def admit(self, call: Call) -> None:
        """Reserve what the call may use.

        Raises:
            GatehouseError: it does not fit. Says which rule, how much is left and when it resets.
        """

    def settle(self, call: Call) -> None:
        """The call is over, whatever its end: keep what was used (`call.usage`, None: unknown), return the rest."""

    async def admit_copy(self, copy: Copy) -> None:
        """Reserve what a copy of an admitted call may cost. Raises GatehouseError: see `admit`."""

    def settle_copy(self, copy: Copy) -> None:
        """The copy is over: keep what it cost, return the rest."""

    def headers(self, call: Call) -> Iterable[Header]:
        """What the answer says of limits."""

    async def close(self) -> None:
        """The process ends: give back what is not used."""


async def admit(runtime: Runtime, call: Call) -> None:
    """Ask every rule book; what the first ones reserved is returned when a later one refuses.

    Raises:
        GatehouseError: see Admission.admit.
    """
    try:
        for rules in runtime.admissions:
            await rules.admit(call)
            call.admitted.append(rules)
    except BaseException:  # a refusal, or the client has gone: nothing stays reserved
        settle(call)
        raise


def settle(call: Call) -> None:
    """Tell all that let the call in. Further calls do nothing."""
    while call.admitted:
        call.admitted.pop().settle(call)


async def admit_copy(runtime: Runtime, copy: Copy) -> None:
    """Ask every rule book whether a copy may be sent too. Raises GatehouseError: see Admission.admit."""
    try:
        for rules in runtime.admissions:
            await rules.admit_copy(copy)
            copy.admitted.append(rules)
    except BaseException:  # see `admit`
        settle_copy(copy)
        raise


def settle_copy(copy: Copy) -> None:
    """Tell all that let it pass. Further calls do nothing."""
    while copy.admitted:
        copy.admitted.pop().settle_copy(copy)


def headers(call: Call) -> list[Header]:
    """Response headers of all that let the call in."""
    return [header for rules in call.admitted for header in rules.headers(call)]


async def close(runtime: Runtime) -> None:
    """Tell all rule books that the process ends."""
    for rules in runtime.admissions:
        await rules.close()
