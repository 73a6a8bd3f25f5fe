"""The endpoints that applications call: parse, call, answer."""
