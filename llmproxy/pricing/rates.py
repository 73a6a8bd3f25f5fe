"""Prices as the hot path holds them: integers only.

A rate is in nano-dollars (10⁻⁹ US dollars) per million tokens: $2.50 per million tokens is 2_500_000_000. Published
prices go down to fractions of a nano-dollar per token, which this unit holds exactly.
"""

from dataclasses import dataclass

PER_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """By class of token. None is unknown, which is never the same as 0.

    Attributes:
        cached, cache_write: input read from, and written to, the provider's cache; None: as other input.
        reasoning: None: as other output.
        request: nano-dollars for the call itself.
        image, minute, characters, document: nano-dollars an image, a minute of sound, a million characters, a document.
        batch_percent: of the price, for calls that the provider may answer later; None: no other price.
    """

    input: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    request: int = 0
    image: int | None = None
    minute: int | None = None
    characters: int | None = None
    document: int | None = None
    batch_percent: int | None = None

    @property
    def has_units(self) -> bool:
        """Whether something else than tokens has a price."""
        return any(rate is not None for rate in (self.image, self.minute, self.characters, self.document))


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates for calls with more than `above` input tokens; they hold for all tokens of such a call."""

    above: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class Price:
    """A price as it was valid at a time. `id` names the row, and goes on record with every call that it priced."""

    id: str
    rates: Rates
    tiers: tuple[Tier, ...] = ()

    def rates_for(self, input_tokens: int) -> Rates:
        """Those of the highest tier that the call reaches."""
        reached = [tier for tier in self.tiers if input_tokens > tier.above]
        return max(reached, key=lambda tier: tier.above).rates if reached else self.rates
