"""Proofs of thoughts. The wire has one opaque member for them, `encrypted_content`, which clients send back unchanged.

So the signature of another provider travels in it, under a mark of ours: the thought then comes home as it was.
"""

from llmproxy.wires.canonical.content import Thinking

MARK = "gwsig_"


def written(thought: Thinking) -> str | None:
    """What stands in `encrypted_content`."""
    if thought.signature:
        return MARK + thought.signature
    return thought.sealed or None


def read(text: str, proof: str, item_id: str) -> tuple[Thinking, ...]:
    """A reasoning item's thoughts: what can be read and what is sealed are apart, as in streams."""
    if proof.startswith(MARK):
        return (Thinking(text, proof.removeprefix(MARK), id=item_id),)
    told = (Thinking(text, id=item_id),) if text or not proof else ()
    return (*told, Thinking(sealed=proof, id=item_id)) if proof else told
