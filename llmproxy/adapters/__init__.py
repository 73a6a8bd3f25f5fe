"""What a provider's row means for the request that is sent: URL, headers, body rules. Pure."""
