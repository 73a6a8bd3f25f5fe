"""Another key for the log: one checkpoint is signed by the old and the new one, then the old one is destroyed."""

from audit.actions.sign_checkpoint import key_file, sign_checkpoint
from audit.tree.notes import VerifierKey


def rotate_log_key() -> VerifierKey:
    """The new key's public half.

    Killed in between, the rotation is completed by the next checkpoint.

    Raises:
        as sign_checkpoint().
    """
    fresh = key_file().begin_rotation()
    sign_checkpoint()
    return fresh.verifier
