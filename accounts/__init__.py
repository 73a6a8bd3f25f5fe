"""Who calls: organisations, people, programs, keys, tokens."""
