"""Refusals of the egress guard. None of them repeats an address: that would make us a port scanner's oracle."""


class EgressRefused(Exception):
    """The policy of this deployment does not let us call this target. Permanent until the deployment changes."""

    def __init__(self) -> None:
        super().__init__("The target is outside what this deployment may call.")
