"""Read-only taps, one a wire: bytes pass through as they are, usage and the end of the answer are noticed."""
