"""Scores: within one priority the lowest goes first. Each says in words what it is."""

from collections.abc import Callable, Mapping

from llmproxy.pricing import cost_nano
from llmproxy.routing.ask import Ask
from llmproxy.routing.chance import weighted
from llmproxy.routing.place import Place
from llmproxy.routing.standing import Standing
from llmproxy.wires.usage import Usage

Score = tuple[float, str]
# What an answer is taken to cost where the caller sets no limit.
TYPICAL_OUTPUT = 500
UNKNOWN_PRICE = float(10**18)


def by_priority(place: Place, ask: Ask, seed: int, standing: Standing) -> Score:
    """The heavier one first, then the one entered first."""
    return -float(place.weight), f"priority {place.priority}, weight {place.weight}"


def by_chance(place: Place, ask: Ask, seed: int, standing: Standing) -> Score:
    """By share; the same seed always gives the same order."""
    return weighted(seed, place.salt, place.weight), f"drawn with weight {place.weight}"


def by_load(place: Place, ask: Ask, seed: int, standing: Standing) -> Score:
    """Running calls for its weight; a draw between equals."""
    running = standing.running(place)
    if not place.weight:
        return 1e9 + running, f"{running} running, a spare"
    return running / place.weight + _tie(place, seed), f"{running} running, weight {place.weight}"


def by_latency(place: Place, ask: Ask, seed: int, standing: Standing) -> Score:
    """Expected time: latency times the calls before this one, as Finagle's peak EWMA has it; a draw between equals."""
    running, seconds = standing.running(place), standing.latency(place, ask.at)
    said = f"{seconds * 1000:.0f} ms" if seconds else "latency unknown"
    return seconds * (running + 1) + _tie(place, seed), f"{said}, {running} running"


def by_cost(place: Place, ask: Ask, seed: int, standing: Standing) -> Score:
    """Of the estimated prompt and answer. An unknown price goes last."""
    output = TYPICAL_OUTPUT if ask.most_output is None else ask.most_output
    cost = cost_nano(Usage(input=ask.prompt_tokens, output=output), place.price)
    if cost is None:
        return UNKNOWN_PRICE, "price unknown"
    return cost + _tie(place, seed), f"about ${cost / 1e9:.6f}"


def _tie(place: Place, seed: int) -> float:
    return min(weighted(seed, place.salt, place.weight), 1e3) * 1e-9


SCORES: Mapping[str, Callable[[Place, Ask, int, Standing], Score]] = {
    "priority": by_priority,
    "weighted": by_chance,
    "least_busy": by_load,
    "fastest": by_latency,
    "cheapest": by_cost,
}
