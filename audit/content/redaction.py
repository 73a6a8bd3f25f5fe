"""Taking secrets and personal data out of text. Secrets always; personal data from the redacted copy.

A secret is replaced by its keyed digest, so that somebody who has it can find where it was. What is recognised is what
has a form: keys of known makes, tokens, passwords in addresses and assignments. A name or a diagnosis has none.
"""

import re
from collections.abc import Callable
from typing import NamedTuple


class Form(NamedTuple):
    """What something looks like. The group is what goes; `needles`: without one of them there is none in a text.

    Looking for the needles first is what makes ordinary text cheap: ten times, measured with bench/content.py.
    """

    needles: tuple[str, ...]
    pattern: re.Pattern[str]


MAKES = (
    "sk-", "gth_live_", "gthc_", "gsk_", "xai-", "pk_live_", "sk_live_", "rk_live_", "ghp_", "gho_", "ghs_",
    "github_pat_", "glpat-", "xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "hf_", "npm_", "pypi-", "dop_v1_", "SG.",
    "AKIA", "ASIA", "AIza", "ya29.", "ABSK",
)  # fmt: skip
NAMES = (
    "pass(?:word|wd|phrase)?|secret|api[_-]?key|(?:access|private)[_-]?key|(?:auth|access)[_-]?token|client[_-]?secret"
)
WORDS = tuple(form(word) for word in ("pass", "secret", "key", "token") for form in (str.lower, str.title, str.upper))
VALUE = r"""([^\s"'\\,;<>\[\]{}]{6,256})"""
SECRETS = (
    Form(
        ("PRIVATE KEY-----",),
        re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----.{1,8192}?-----END [A-Z ]*PRIVATE KEY-----)", re.DOTALL),
    ),
    Form(
        ("eyJ",),
        re.compile(r"\b(eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,4096})"),
    ),
    Form(MAKES, re.compile(rf"\b((?:{'|'.join(map(re.escape, MAKES))})[A-Za-z0-9_.=-]{{12,512}})")),
    Form(("://",), re.compile(r"""(?<=://)([^\s/:@"'\\]{1,128}:[^\s/@"'\\]{1,256})(?=@)""")),
    Form(
        ("earer", "EARER", "asic", "ASIC"),
        re.compile(r"(?i:\b(?:bearer|basic)\s{1,4})([A-Za-z0-9._~+/=-]{12,4096})"),
    ),
    Form(WORDS, re.compile(rf"""(?i:\b(?:{NAMES})\b\\?["']?\s{{0,4}}[:=]\s{{0,4}}\\?["']?){VALUE}""")),
    Form(
        ("pass", "Pass", "PASS"),
        re.compile(rf"""(?i:\bpass(?:word|phrase)\s{{1,4}}(?:is|ist)\s{{1,4}}\\?["']?){VALUE}"""),
    ),
)
PERSONAL = {
    "[e-mail address]": Form(("@",), re.compile(r"\b([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24})\b")),
    "[bank account]": Form((), re.compile(r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b")),
    "[card number]": Form((), re.compile(r"\b(\d(?:[ -]?\d){12,18})\b")),
    "[telephone number]": Form(("+", "00"), re.compile(r"(?<![\w.])((?:\+|00)\d(?:[ ()/.-]{0,2}\d){6,14})\b")),
}
DIGIT = re.compile(r"\d\d")


def without_secrets(text: str, digest: Callable[[str], str]) -> tuple[str, list[str]]:
    """`text` with the digest of each secret in its place, and the digests, each once."""
    found: dict[str, None] = {}

    def replaced(match: re.Match[str]) -> str:
        secret = match.group(1)
        if secret.startswith("[secret"):
            return match.group()
        label = digest(secret)
        found[label] = None
        before = match.group()[: match.start(1) - match.start()]
        return f"{before}[secret {label}]"

    for form in SECRETS:
        if any(needle in text for needle in form.needles):
            text = form.pattern.sub(replaced, text)
    return text, list(found)


def without_personal_data(text: str) -> str:
    """`text` with the kind of what was there in the place of addresses, accounts, cards and numbers."""
    has_digits = DIGIT.search(text) is not None
    for label, form in PERSONAL.items():
        if all(needle not in text for needle in form.needles) if form.needles else not has_digits:
            continue
        text = form.pattern.sub(_labelled(label), text)
    return text


def _labelled(label: str) -> Callable[[re.Match[str]], str]:
    if label != "[card number]":
        return lambda _: label
    return lambda match: label if _is_card(match.group()) else match.group()


def _is_card(text: str) -> bool:
    """By the check digit (ISO/IEC 7812-1, Luhn)."""
    digits = [int(digit) for digit in reversed(text) if digit.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0 and len(set(digits)) > 1
