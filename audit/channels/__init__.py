"""Ways out of the house: each kind of destination is a file."""
