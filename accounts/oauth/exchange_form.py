"""The parameters of a token exchange (RFC 8693 §2.1) and those of our own: `models`, `lifetime`, `budget`."""

from accounts.actions.exchange_token import Wish
from accounts.oauth.errors import OAuthError, invalid_request
from accounts.oauth.form import Form, required
from accounts.ring import gateway_audience, management_audience

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"
API_KEY = "urn:gatehouse:token-type:api-key"
SUBJECT_TYPES = (ACCESS_TOKEN, JWT, API_KEY)
MOST_DIGITS = 6
LONGEST_BUDGET = 100


def subject_text(form: Form, key_prefix: str) -> str:
    """The subject token, which is of the type that the request says. Raises OAuthError (invalid_request)."""
    text, kind = required(form, "subject_token"), required(form, "subject_token_type")
    if kind not in SUBJECT_TYPES:
        raise invalid_request(f"subject_token_type is one of: {', '.join(SUBJECT_TYPES)}.")
    if text.startswith(key_prefix) != (kind == API_KEY):
        raise invalid_request("The subject token is not of the type that subject_token_type says.")
    return text


def wish_of(form: Form) -> Wish:
    """What is asked for. Raises OAuthError."""
    if "actor_token" in form or "actor_token_type" in form:
        raise invalid_request("Who acts authenticates as a client; actor_token is not used here.")
    if form.get("requested_token_type", ACCESS_TOKEN) not in (ACCESS_TOKEN, JWT):
        raise invalid_request(f"requested_token_type is {ACCESS_TOKEN}.")
    budget = form.get("budget", "")
    if len(budget) > LONGEST_BUDGET or not budget.isprintable():
        raise invalid_request("budget is the name or the id of a budget of the organisation.")
    targets = frozenset(form[name] for name in ("audience", "resource") if name in form)
    if targets - {gateway_audience(), management_audience()}:
        raise OAuthError("invalid_target", "The audience is the address of the gateway, as in the metadata.")
    models = frozenset(form.get("models", "").split())
    return Wish(frozenset(form.get("scope", "").split()), models, targets, _seconds(form), budget=budget)


def _seconds(form: Form) -> int | None:
    text = form.get("lifetime")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text) > 0):
        raise invalid_request("lifetime is a number of seconds.")
    return int(text)
