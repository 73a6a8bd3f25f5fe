"""Usage by class × price → cost: exact, rounded up, unknown never 0."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.pricing import Price, Rates, Tier, cost_nano
from llmproxy.wires.usage import Usage

DOLLAR = 10**9
# $2.50 in, $1.25 cached, $3.125 written, $10 out, per million tokens
RATES = Rates(2_500_000_000, 1_250_000_000, 3_125_000_000, 10_000_000_000)
counts = st.integers(0, 2_000_000)


def test_a_million_tokens_cost_what_the_list_says() -> None:
    price = Price("p", RATES)
    assert cost_nano(Usage(input=1_000_000), price) == 2.5 * DOLLAR
    assert cost_nano(Usage(output=1_000_000), price) == 10 * DOLLAR


def test_classes_are_counted_once_each() -> None:
    usage = Usage(input=1000, cached=400, cache_write=100, output=50, reasoning=20)
    expected = 500 * 2500 + 400 * 1250 + 100 * 3125 + 50 * 10_000
    assert cost_nano(usage, Price("p", RATES)) == expected


def test_reasoning_may_have_a_rate_of_its_own() -> None:
    price = Price("p", Rates(output=1_000_000, reasoning=3_000_000))
    assert cost_nano(Usage(output=10, reasoning=4), price) == 6 + 12


def test_fractions_of_a_nano_dollar_are_rounded_up() -> None:
    assert cost_nano(Usage(input=1), Price("p", Rates(input=37_500_000))) == 38
    assert cost_nano(Usage(input=1), Price("p", Rates(input=1))) == 1


def test_a_call_may_cost_something_by_itself() -> None:
    assert cost_nano(Usage(), Price("p", Rates(request=5_000_000))) == 5_000_000


@pytest.mark.parametrize(
    ("usage", "price"),
    [
        (Usage(input=1), None),
        (Usage(input=1), Price("p", Rates(output=1))),
        (Usage(output=1), Price("p", Rates(input=1))),
        (Usage(input=2, cached=1), Price("p", Rates(output=1))),
    ],
)
def test_what_is_unknown_is_never_free(usage: Usage, price: Price | None) -> None:
    assert cost_nano(usage, price) is None


def test_a_rate_of_zero_is_known() -> None:
    assert cost_nano(Usage(input=5, output=5), Price("p", Rates(input=0, output=0))) == 0


def test_a_tier_holds_for_all_tokens_of_a_call_above_it() -> None:
    high = Rates(5_000_000_000, output=20_000_000_000)
    price = Price("p", RATES, (Tier(200_000, high), Tier(500_000, Rates(0, output=0))))
    assert cost_nano(Usage(input=200_000), price) == 200_000 * 2500
    assert cost_nano(Usage(input=200_001, output=1), price) == 200_001 * 5000 + 20_000
    assert cost_nano(Usage(input=500_001), price) == 0


@given(counts, counts, counts, counts, counts)
def test_it_equals_exact_arithmetic_and_is_never_below_it(
    plain: int, cached: int, written: int, output: int, reasoning: int
) -> None:
    usage = Usage(plain + cached + written, output + reasoning, cached, reasoning, written)
    exact = (plain * Decimal("2.5") + cached * Decimal("1.25") + written * Decimal("3.125")) * 1000
    exact += (output + reasoning) * 10_000
    found = cost_nano(usage, Price("p", RATES))
    assert found is not None
    assert exact <= found < exact + 1


@given(counts, counts, counts)
def test_figures_that_contradict_each_other_never_give_a_credit(given_input: int, cached: int, reasoning: int) -> None:
    found = cost_nano(Usage(input=given_input, cached=cached, output=0, reasoning=reasoning), Price("p", RATES))
    assert found is not None
    assert found >= 0
