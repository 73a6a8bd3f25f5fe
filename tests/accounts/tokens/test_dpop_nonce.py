"""The server's nonces for DPoP proofs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.tokens.dpop_nonce import BUCKET_SECONDS, NonceMaker

NOW = 1_800_000_000 - 1_800_000_000 % BUCKET_SECONDS
MAKER = NonceMaker(b"k" * 32)
NONCE = MAKER.current(NOW)


@pytest.mark.parametrize(
    ("later", "known"), [(0, True), (299, True), (300, True), (599, True), (600, False), (-1, False)]
)
def test_a_nonce_is_known_for_five_to_ten_minutes(later: int, known: bool) -> None:
    assert MAKER.knows(NONCE, NOW + later) is known


def test_nonces_rotate() -> None:
    assert MAKER.current(NOW + 299) == NONCE
    assert MAKER.current(NOW + 300) != NONCE


def test_another_process_with_the_same_key_knows_it() -> None:
    assert NonceMaker(b"k" * 32).knows(NONCE, NOW)


def test_the_key_may_rotate() -> None:
    after = NonceMaker(b"n" * 32, b"k" * 32)
    assert after.knows(NONCE, NOW)
    assert after.current(NOW) != NONCE
    assert not NonceMaker(b"n" * 32).knows(NONCE, NOW)


def test_there_is_no_nonce_without_a_real_key() -> None:
    for keys in ((), (b"",), (b"short",)):
        with pytest.raises(ValueError, match="32 bytes"):
            NonceMaker(*keys)


@given(st.text(max_size=60))
def test_nothing_else_is_known(text: str) -> None:
    assert MAKER.knows(text, NOW) is (text == NONCE)


@given(st.integers(0, len(NONCE) - 1), st.sampled_from("ABab01-_"))
def test_a_changed_one_is_not_known(at: int, character: str) -> None:
    changed = NONCE[:at] + character + NONCE[at + 1 :]
    assert MAKER.knows(changed, NOW) is (changed == NONCE)
