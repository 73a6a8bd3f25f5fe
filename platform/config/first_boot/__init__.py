"""What a fresh installation needs before its first call."""
