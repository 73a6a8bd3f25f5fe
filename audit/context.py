"""Who acts, on whose request: bound once at the edge, read by every record below it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import NamedTuple


class Actor(NamedTuple):
    """Who did it, as it was at the time. `type`: user, service_account, api_key, external, system, anonymous."""

    type: str
    id: str
    name: str
    roles: tuple[str, ...] = ()


class Target(NamedTuple):
    """What it was done to."""

    type: str
    id: str
    name: str


SYSTEM = Actor("system", "", "Gatehouse")


@dataclass(frozen=True, slots=True)
class Context:
    """What records of the control plane are filled from."""

    actor: Actor = SYSTEM
    request_id: str = ""
    src_ip: str = ""
    user_agent: str = ""


_current: ContextVar[Context] = ContextVar("audit_context", default=Context())  # noqa: B039 (frozen)


def current() -> Context:
    """The context of this request, command or task."""
    return _current.get()


def act_as(actor: Actor) -> None:
    """From here to the end of the enclosing `bound`, records are about this actor: for who is known only later."""
    _current.set(replace(current(), actor=actor))


@contextmanager
def bound(
    actor: Actor | None = None, request_id: str = "", src_ip: str = "", user_agent: str = ""
) -> Iterator[Context]:
    """Records made inside are about this actor and request."""
    before = current()
    given = {"request_id": request_id, "src_ip": src_ip, "user_agent": user_agent}
    context = replace(before, actor=actor or before.actor, **{name: value for name, value in given.items() if value})
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
