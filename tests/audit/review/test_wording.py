"""Figures in words."""

import pytest

from audit.review.wording import money


@pytest.mark.parametrize(
    ("dollars", "said"),
    [(0, "$0"), (0.000088, "$0.000088"), (0.0038321, "$0.003832"), (1e-9, "$0.000000001"), (0.15, "$0.15"),
     (0.99, "$0.99"), (1, "$1.00"), (1234.5, "$1,234.50")],
)  # fmt: skip
def test_money_is_never_written_with_an_exponent(dollars: float, said: str) -> None:
    assert money(dollars) == said
