"""What a 401 asks for: `WWW-Authenticate` after RFC 6750 §3, RFC 9449 §7.1 and RFC 9728 §5.1."""

from accounts.errors import GatehouseError
from accounts.tokens.dpop import ALGORITHMS

DPOP = f'DPoP algs="{" ".join(ALGORITHMS)}"'


def challenges(error: GatehouseError, parameters: str = "") -> list[str]:
    """The lines for a refusal, one for each scheme; none where it asks for no credential.

    Args:
        parameters: further ones for every line.
    """
    bearer = error.headers.get("WWW-Authenticate")
    if bearer is None:
        return []
    if error.status_code != 401:
        return [bearer]
    said = f', error="{error.dpop_error}"' if error.dpop_error else ""
    return [f"{line}{parameters}" for line in (bearer, f"{DPOP}{said}")]
