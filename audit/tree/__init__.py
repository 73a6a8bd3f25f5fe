"""The Merkle tree over the records: hashes, proofs, checkpoints, tiles, and the check of an evidence bundle.

Pure, standard library only (cryptography is used where it is installed): the offline verifier is made of these very
files, which is why they import each other by relative names.
"""
