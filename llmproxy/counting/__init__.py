"""How many tokens a text has, without a network: counted where the encoding is public, else estimated. Pure."""

from llmproxy.counting.count import Count, count_messages, count_text, text_of
from llmproxy.counting.tokenizers import tokenizer_for

__all__ = ["Count", "count_messages", "count_text", "text_of", "tokenizer_for"]
