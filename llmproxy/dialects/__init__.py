"""Error formats, one file each: how a refusal looks to the client's SDK."""
