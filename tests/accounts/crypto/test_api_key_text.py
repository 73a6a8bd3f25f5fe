"""The text of API keys: garbage dies without a look-up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.crypto.api_key_text import ApiKeyText

FORM = re.compile(r"gth_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}[0-9A-Za-z]{6}")


def test_it_has_the_published_form() -> None:
    assert FORM.fullmatch(str(ApiKeyText.fresh()))


def test_it_reads_what_it_wrote() -> None:
    fresh = ApiKeyText.fresh()
    assert ApiKeyText.parse(str(fresh)) == fresh


def test_no_two_are_alike() -> None:
    assert len({str(ApiKeyText.fresh()) for _ in range(100)}) == 100


def test_its_secret_is_not_in_its_repr() -> None:
    fresh = ApiKeyText.fresh()
    assert fresh.secret not in repr(fresh)


@pytest.mark.parametrize("place", range(len("gth_live_"), 67))
def test_each_typing_error_is_noticed(place: int) -> None:
    text = str(ApiKeyText.fresh())
    wrong = "a" if text[place] != "a" else "b"
    assert ApiKeyText.parse(text[:place] + wrong + text[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "gth_live_", "sk-" + "a" * 64, "gth_test_" + "a" * 58, "é" * 67, "' OR 1=1 --"])
def test_garbage_is_no_key(text: str) -> None:
    assert ApiKeyText.parse(text) is None


@given(st.text(min_size=58, max_size=58))
def test_any_text_with_the_prefix_is_no_key(text: str) -> None:
    assert ApiKeyText.parse(f"gth_live_{text}") is None
