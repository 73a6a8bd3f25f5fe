"""Wire formats, one file each, pure: bytes or dicts in, canonical objects out. No settings, no clock, no sockets."""
