"""OpenAI's chat completions, as a client's and as a provider's wire: passed through, or translated.

https://platform.openai.com/docs/api-reference/chat
"""

from llmproxy.wires.openai_chat.passthrough import (
    NEVER_FROM_CLIENTS,
    Prepared,
    Rules,
    prepare,
    usage_from,
    usage_of,
)

__all__ = ["NEVER_FROM_CLIENTS", "Prepared", "Rules", "prepare", "usage_from", "usage_of"]
