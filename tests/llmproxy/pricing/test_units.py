"""What is priced beside tokens, and what a call may cost at most."""

from llmproxy.pricing import Price, Rates, Tier, cost_nano
from llmproxy.pricing.reservation import most_nano
from llmproxy.wires.usage import Usage

MILLION = 1_000_000


def test_images_sound_characters_and_documents() -> None:
    price = Price("p", Rates(image=40, minute=6_000, characters=15 * MILLION, document=2))
    assert cost_nano(None, price, {"images": 3}) == 120
    assert cost_nano(None, price, {"sound_ms": 90_000}) == 9_000
    assert cost_nano(None, price, {"characters": 100}) == 1_500
    assert cost_nano(Usage(input=5), price, {"documents": 4}) == 8


def test_what_has_no_price_is_unknown_and_not_for_nothing() -> None:
    assert cost_nano(None, Price("p", Rates(image=40)), {"sound_ms": 1000}) is None
    assert cost_nano(None, None, {"images": 1}) is None
    assert cost_nano(None, Price("p", Rates()), {}) is None


def test_a_batch_costs_its_share_rounded_up() -> None:
    price = Price("p", Rates(input=MILLION, output=MILLION, batch_percent=50))
    assert cost_nano(Usage(input=3, output=2), price, batch=True) == 3
    assert cost_nano(Usage(input=3, output=2), price) == 5
    assert cost_nano(Usage(input=1), Price("p", Rates(input=MILLION)), batch=True) == 1


def test_the_most_is_at_the_highest_rate_of_the_dearest_price() -> None:
    cheap = Price("a", Rates(input=MILLION, output=MILLION))
    dear = Price("b", Rates(input=MILLION, cache_write=2 * MILLION, output=MILLION, reasoning=5 * MILLION))
    assert most_nano([cheap, dear], 10, 10, {}) == 70
    assert most_nano([cheap, None], 10, 10, {}) is None
    assert most_nano([Price("c", Rates(input=MILLION))], 10, 10, {}) is None


def test_the_most_never_falls_below_what_a_call_comes_to() -> None:
    tiers = (Tier(100, Rates(input=MILLION, output=2 * MILLION)),)
    price = Price("p", Rates(input=3 * MILLION, output=4 * MILLION), tiers)
    for used_in in (1, 50, 101, 150):
        for used_out in (0, 7, 20):
            cost = cost_nano(Usage(input=used_in, output=used_out), price)
            most = most_nano([price], 150, 20, {})
            assert cost is not None and most is not None and cost <= most
