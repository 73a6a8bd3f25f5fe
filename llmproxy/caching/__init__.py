"""Answers kept for exactly the same question: off unless an organisation has a rule for it."""
