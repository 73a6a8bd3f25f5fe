"""Places and asks for the tests of planning."""

from typing import Any

from llmproxy.pricing import Price, Rates
from llmproxy.routing.ask import Ask
from llmproxy.routing.chance import salt_of
from llmproxy.routing.place import Place


def place(name: str, **options: Any) -> Place:
    return Place(deployment=name, label=f"provider/{name}", salt=salt_of(name), **options)


def places(*names: str, **options: Any) -> tuple[Place, ...]:
    return tuple(place(name, position=index, **options) for index, name in enumerate(names))


def ask(**options: Any) -> Ask:
    return Ask(**options)


def price(dollars: int) -> Price:
    """Dollars per million tokens, in and out."""
    rate = dollars * 10**9
    return Price(str(dollars), Rates(input=rate, output=rate))
