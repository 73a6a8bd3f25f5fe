"""The Merkle tree over the records: hashes, proofs, checkpoints, tiles, the check of an evidence bundle; and the
rules of what is recorded.

Pure, standard library only (cryptography is used where it is installed): the offline verifier is made of these very
files, which is why they import each other by relative names.
"""
