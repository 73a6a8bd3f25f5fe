"""What a password must be: long, and not one that is guessed first. No rules about kinds of characters, no expiry.

NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2: at least fifteen characters where it is all that protects, eight beside a factor.
"""

from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.models.user import LONG_ENOUGH_ALONE
from accounts.second_factor import enrolled

LONG_ENOUGH_WITH_FACTOR = 8
FEWEST_DIFFERENT = 5
OURS = ("gatehouse",)


class LengthBySecondFactor:
    """Fifteen characters; eight for who has a second factor."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        least = self._least(user)
        if len(password) < least:
            why = "" if least == LONG_ENOUGH_WITH_FACTOR else " Eight are enough once you have a second factor."
            raise ValidationError(f"Use at least {least} characters.{why}", code="password_too_short")

    def get_help_text(self) -> str:
        """For forms."""
        return f"At least {LONG_ENOUGH_ALONE} characters; {LONG_ENOUGH_WITH_FACTOR} for who has a second factor."

    def _least(self, user: Any) -> int:
        known = user is not None and not user._state.adding
        return LONG_ENOUGH_WITH_FACTOR if known and enrolled.has_factor(user) else LONG_ENOUGH_ALONE


class NotGuessedFirst(CommonPasswordValidator):
    """Not on the list of twenty thousand that leaked most often, nor made of such by repeating or joining them."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        text = password.lower().strip()
        if len(set(text)) < FEWEST_DIFFERENT or self._made_of_known(text):
            raise ValidationError("Others would guess this one early. Use something else.", code="password_too_common")

    def get_help_text(self) -> str:
        """For forms."""
        return "Not one of those that others guess first. Four words that have nothing to do with each other are good."

    def _made_of_known(self, text: str) -> bool:
        known = {*self.passwords, *OURS}
        if text in known or text.rstrip("0123456789!?.") in known:
            return True
        halves = ((text[:cut], text[cut:]) for cut in range(4, len(text) - 3))
        repeated = any(
            len(text) % size == 0 and text == text[:size] * (len(text) // size) for size in range(1, len(text) // 2 + 1)
        )
        return repeated or any(first in known and second in known for first, second in halves)
