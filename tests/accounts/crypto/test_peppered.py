"""Digests of random secrets, and that each purpose has a key of its own."""

import os

from accounts.crypto.derivation import derived
from accounts.crypto.peppered import PepperedDigest

OLD, NEW = os.urandom(32), os.urandom(32)


def test_it_matches_its_own_secret_only() -> None:
    digests = PepperedDigest({"k1": OLD})
    kept = digests.of("secret")
    assert digests.matches("secret", "k1", kept)
    assert not digests.matches("Secret", "k1", kept)


def test_a_digest_under_an_earlier_pepper_still_matches() -> None:
    kept = PepperedDigest({"k1": OLD}).of("secret")
    both = PepperedDigest({"k2": NEW, "k1": OLD})
    assert both.current == "k2"
    assert both.matches("secret", "k1", kept)
    assert not both.matches("secret", "k2", kept)


def test_a_digest_whose_pepper_is_gone_matches_nothing() -> None:
    kept = PepperedDigest({"k1": OLD}).of("secret")
    assert not PepperedDigest({"k2": NEW}).matches("secret", "k1", kept)


def test_each_purpose_has_its_own_key() -> None:
    assert len({derived(OLD, purpose) for purpose in ("field-encryption", "api-key-pepper")} | {OLD}) == 3
