"""Access tokens: strict RFC 9068 verification and issuing. Pure: no Django, no settings, the clock is an argument."""
