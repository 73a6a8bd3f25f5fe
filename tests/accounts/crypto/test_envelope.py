"""Sealed values: bound to their place, and never given back unopened."""

import os

import pytest

from accounts.crypto import Envelope, UnsealError

OLD, NEW = os.urandom(32), os.urandom(32)
AAD = "accounts.signingkey|private|1|"


def test_it_opens_what_it_sealed() -> None:
    envelope = Envelope({"k1": OLD})
    sealed = envelope.seal(b"canary", aad=AAD)
    assert envelope.unseal(sealed, aad=AAD) == b"canary"
    assert sealed.startswith("v1.k1.")
    assert sealed.count(".") == 3
    assert "canary" not in sealed


def test_two_seals_of_one_value_differ() -> None:
    envelope = Envelope({"k1": OLD})
    assert envelope.seal(b"same", aad=AAD) != envelope.seal(b"same", aad=AAD)


def test_it_does_not_open_in_another_row() -> None:
    envelope = Envelope({"k1": OLD})
    with pytest.raises(UnsealError):
        envelope.unseal(envelope.seal(b"canary", aad=AAD), aad="accounts.signingkey|private|2|")


@pytest.mark.parametrize("place", [-1, -20, 10])
def test_it_does_not_open_with_one_character_changed(place: int) -> None:
    envelope = Envelope({"k1": OLD})
    sealed = list(envelope.seal(b"canary canary canary", aad=AAD))
    sealed[place] = "A" if sealed[place] != "A" else "B"
    with pytest.raises(UnsealError):
        envelope.unseal("".join(sealed), aad=AAD)


@pytest.mark.parametrize("record", ["", "canary", "v1", "v1.k1", "v1.k1..", "v2.k1.AA.AA", "v1.k9.AA.AA", "v1.k1.é.ü"])
def test_it_refuses_what_is_no_record(record: str) -> None:
    with pytest.raises(UnsealError):
        Envelope({"k1": OLD}).unseal(record, aad=AAD)


def test_the_first_key_writes_and_all_read() -> None:
    before = Envelope({"k1": OLD}).seal(b"canary", aad=AAD)
    both = Envelope({"k2": NEW, "k1": OLD})
    assert both.unseal(before, aad=AAD) == b"canary"
    assert not both.is_current(before)
    assert both.is_current(both.seal(b"canary", aad=AAD))


def test_it_refuses_to_start_without_a_key() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Envelope({})
