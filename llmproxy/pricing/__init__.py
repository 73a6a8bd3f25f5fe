"""What calls cost: rates and the function that applies them, and the readers of published price tables. Pure."""

from llmproxy.pricing.cost import cost_nano
from llmproxy.pricing.rates import Price, Rates, Tier

__all__ = ["Price", "Rates", "Tier", "cost_nano"]
