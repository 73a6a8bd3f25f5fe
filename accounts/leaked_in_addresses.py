"""API keys in addresses: addresses end up in logs, so such a key is known to more than who holds it (SECURITY 5.8)."""

import re

from accounts.crypto.api_key_text import PREFIX
from accounts.identity import IdentitySnapshot
from accounts.identity.verified import verified_key
from accounts.tokens.errors import TokenRefused

KEY = re.compile(rf"{PREFIX}[A-Za-z0-9]{{8}}_[A-Za-z0-9]{{49}}".encode())
IN_PATH = re.compile(rf"{PREFIX}\w*")
# More of them wait nowhere: keys that hold are few.
MOST_WAITING = 1000


def without_keys(path: str) -> str:
    """A path as it may be put on record."""
    return path if PREFIX not in path else IN_PATH.sub(rf"{PREFIX}…", path)


def notice(address: bytes, identity: IdentitySnapshot, client_ip: str) -> None:
    """Remember the keys in an address that work, to be flagged outside of the request; what is none costs nothing."""
    for text in set(KEY.findall(address)):
        try:
            known = verified_key(text.decode("ascii"), identity)
        except TokenRefused:
            continue
        if len(identity.leaked_keys) < MOST_WAITING:
            identity.leaked_keys[known.entry.public_id] = client_ip
