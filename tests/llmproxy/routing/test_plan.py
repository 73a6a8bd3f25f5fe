"""Planning: the order, the reasons, the shares."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from llmproxy.routing.conditions import conditions
from llmproxy.routing.plan import Plan, plan
from llmproxy.routing.policy import STRATEGIES, Policy
from llmproxy.routing.requirements import Requirements
from llmproxy.routing.standing import NothingKnown
from tests.llmproxy.routing.places import Place, ask, place, places, price

WELL = NothingKnown()


class Faring(NothingKnown):
    """Some deployments barred, busy or slow."""

    def __init__(
        self, barred: tuple[str, ...] = (), running: dict[str, int] | None = None, slow: dict[str, float] | None = None
    ) -> None:
        self.down, self.busy, self.slow = barred, running or {}, slow or {}

    def barred(self, place: Place, at: float) -> str | None:
        return "circuit open" if place.deployment in self.down else None

    def running(self, place: Place) -> int:
        return self.busy.get(place.deployment, 0)

    def latency(self, place: Place, at: float) -> float:
        return self.slow.get(place.deployment, 0.0)


def order(made: Plan) -> list[str]:
    return [candidate.place.deployment for candidate in made.candidates]


def reasons(made: Plan) -> dict[str, str]:
    return {left.place.deployment: left.why for left in made.excluded}


def test_priority_is_the_order_given_and_the_heavier_goes_first_among_equals() -> None:
    given_places = (
        place("third", priority=2, position=0),
        place("second", priority=1, weight=1, position=1),
        place("first", priority=1, weight=9, position=2),
    )
    assert order(plan(Policy(), given_places, ask(), WELL)) == ["first", "second", "third"]


def test_priorities_hold_under_every_strategy() -> None:
    for strategy in STRATEGIES:
        made = plan(Policy(strategy), (place("b", priority=1), place("a", position=1)), ask(seed=7), WELL)
        assert order(made) == ["a", "b"], strategy


def test_least_busy_counts_running_calls_by_weight() -> None:
    standing = Faring(running={"a": 4, "b": 3, "c": 0})
    both = (place("a", weight=2), place("b", weight=1, position=1), place("c", weight=0, position=2))
    assert order(plan(Policy("least_busy"), both, ask(), standing)) == ["a", "b", "c"]


def test_fastest_goes_by_latency_times_running_and_tries_the_unknown_first() -> None:
    standing = Faring(running={"quick": 9}, slow={"quick": 0.2, "slow": 1.0})
    made = plan(Policy("fastest"), places("quick", "slow", "new"), ask(), standing)
    assert order(made) == ["new", "slow", "quick"]
    assert made.candidates[1].why == "1000 ms, 0 running"


def test_cheapest_goes_by_the_estimate_and_an_unknown_price_goes_last() -> None:
    given_places = (
        place("dear", price=price(10)),
        place("unknown", position=1),
        place("cheap", price=price(1), position=2),
    )
    made = plan(Policy("cheapest"), given_places, ask(prompt_tokens=1000, most_output=1000), WELL)
    assert order(made) == ["cheap", "dear", "unknown"]
    assert made.candidates[0].why == "about $0.002000"


def test_the_cheapest_must_fit() -> None:
    small = place("small", price=price(1), context_window=1000)
    large = place("large", price=price(9), context_window=100_000, position=1)
    made = plan(Policy("cheapest"), (small, large), ask(prompt_tokens=5000), WELL)
    assert order(made) == ["large"]
    assert reasons(made)["small"] == "its context window holds 1000 tokens, the prompt has about 5000"


def test_a_deployment_that_lacks_a_capability_is_left_out_unless_nothing_is_known_of_it() -> None:
    blind = place("blind", capabilities=frozenset({"function_calling"}))
    made = plan(Policy(), (blind, place("unknown", position=1)), ask(needs=frozenset({"vision"})), WELL)
    assert order(made) == ["unknown"]
    assert reasons(made) == {"blind": "it is not known to have vision"}


def test_requirements_hold_for_every_deployment_and_what_is_unknown_does_not_meet_them() -> None:
    demanded = Policy(requirements=Requirements(regions=frozenset({"eu"}), data=frozenset({"no_training"})))
    here = place("here", region="eu-west-1", data=frozenset({"no_training"}))
    made = plan(demanded, (here, place("there", region="us", position=1), place("where", position=2)), ask(), WELL)
    assert order(made) == ["here"]
    assert reasons(made) == {"there": "it is in us, not in eu", "where": "it is in an unknown region, not in eu"}


def test_the_caller_may_demand_a_region_and_a_data_policy() -> None:
    both = (place("eu", region="eu", data=frozenset({"no_training"})), place("us", region="us", position=1))
    assert order(plan(Policy(), both, ask(regions=frozenset({"eu"})), WELL)) == ["eu"]
    assert order(plan(Policy(), both, ask(data=frozenset({"no_training"})), WELL)) == ["eu"]


def test_an_open_circuit_is_named_and_kept_for_when_nothing_else_is_left() -> None:
    made = plan(Policy(), places("a", "b"), ask(), Faring(barred=("a",)))
    assert order(made) == ["b"]
    assert [candidate.place.deployment for candidate in made.barred] == ["a"]
    assert reasons(made) == {"a": "circuit open"}


def test_what_cannot_serve_for_another_reason_is_named() -> None:
    made = plan(Policy(), places("a", "b"), ask(), WELL, {0: "it does not speak that"})
    assert order(made) == ["b"] and reasons(made) == {"a": "it does not speak that"}


def test_a_shadow_never_serves_and_gets_its_share() -> None:
    given_places = (place("main"), place("copy", role="shadow", share=25.0, position=1))
    made = [plan(Policy(), given_places, ask(seed=seed * 0x9E3779B97F4A7C15), WELL) for seed in range(2000)]
    assert all(order(one) == ["main"] for one in made)
    assert 400 < sum(1 for one in made if one.shadows) < 600


def test_a_canary_goes_first_for_its_share_and_is_named_for_the_rest() -> None:
    given_places = (place("main"), place("new", role="canary", share=10.0, position=1))
    made = [plan(Policy(), given_places, ask(seed=seed * 0x9E3779B97F4A7C15), WELL) for seed in range(3000)]
    first = Counter(order(one)[0] for one in made)
    assert 220 < first["new"] < 380
    assert all(order(one) == ["new", "main"] for one in made if order(one)[0] == "new")
    said = next(reasons(one) for one in made if order(one)[0] == "main")
    assert said == {"new": "canary: it gets 10 % of the calls, and this is none of them"}


def test_conditions_of_a_place_are_looked_at() -> None:
    gold = place("gold", conditions=conditions({"metadata": {"tier": "gold"}}))
    both = (gold, place("rest", position=1))
    assert order(plan(Policy(), both, ask(metadata={"tier": "gold"}), WELL)) == ["gold", "rest"]
    made = plan(Policy(), both, ask(metadata={"tier": "tin"}), WELL)
    assert order(made) == ["rest"] and reasons(made) == {"gold": "metadata.tier is not gold"}


NAMES = ("a", "b", "c", "d")
WEIGHTS = st.lists(st.integers(0, 20), min_size=1, max_size=4).filter(any)
SEEDS = st.integers(0, 2**64 - 1)


def weighted_places(weights: list[int]) -> tuple[Place, ...]:
    return tuple(place(NAMES[index], weight=weight, position=index) for index, weight in enumerate(weights))


@given(WEIGHTS, SEEDS)
@settings(max_examples=200)
def test_the_same_seed_gives_the_same_plan_and_every_place_is_in_it_once(weights: list[int], seed: int) -> None:
    given_places = weighted_places(weights)
    made = plan(Policy("weighted"), given_places, ask(seed=seed), WELL)
    assert made == plan(Policy("weighted"), given_places, ask(seed=seed), WELL)
    assert sorted(order(made)) == sorted(NAMES[: len(weights)])


@given(WEIGHTS)
@settings(max_examples=20, deadline=None)
def test_shares_follow_the_weights(weights: list[int]) -> None:
    given_places, calls = weighted_places(weights), 1500
    first = Counter(
        order(plan(Policy("weighted"), given_places, ask(seed=seed * 0x9E3779B97F4A7C15), WELL))[0]
        for seed in range(calls)
    )
    for candidate in given_places:
        share = candidate.weight / sum(weights)
        # Five standard deviations of a binomial: a fair draw is not outside in any run of this test.
        spread = 5 * (share * (1 - share) * calls) ** 0.5 + 1
        assert abs(first[candidate.deployment] - share * calls) <= spread


@given(WEIGHTS, SEEDS)
@settings(max_examples=200)
def test_a_place_of_weight_zero_is_a_spare(weights: list[int], seed: int) -> None:
    found = plan(Policy("weighted"), weighted_places(weights), ask(seed=seed), WELL).candidates
    assert [bool(candidate.place.weight) for candidate in found] == sorted((bool(w) for w in weights), reverse=True)


@given(st.text(min_size=1, max_size=30), WEIGHTS, SEEDS, SEEDS)
@settings(max_examples=200)
def test_sticky_calls_stay_together_and_only_those_of_a_place_that_goes_away_move(
    sticky: str, weights: list[int], one: int, other: int
) -> None:
    given_places = weighted_places(weights)
    for strategy in ("weighted", "least_busy", "fastest", "cheapest"):
        policy = Policy(strategy)
        stays = order(plan(policy, given_places, ask(seed=one, sticky=sticky), WELL))
        assert stays == order(plan(policy, given_places, ask(seed=other, sticky=sticky), WELL))
        gone = plan(policy, given_places, ask(sticky=sticky), Faring(barred=(stays[-1],)))
        assert order(gone) == stays[:-1]
