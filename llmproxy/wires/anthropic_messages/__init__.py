"""Anthropic's Messages, as a client's and as a provider's wire.

https://docs.anthropic.com/en/api/messages
"""
