"""The built-in provider: deterministic, offline, and able to fail on request. Pure: no Django, no sockets."""

from llmproxy.simulator.answer import answer

__all__ = ["answer"]
