"""Ways out of the house, each against a real server."""
