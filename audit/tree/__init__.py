"""The Merkle tree over the records. Pure: it is also the offline verifier."""
