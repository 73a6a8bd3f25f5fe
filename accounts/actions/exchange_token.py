"""Exchange an API key or an access token for a narrower access token (RFC 8693, SECURITY O14, 5.8).

Never wider in anything: scopes, models, audience, life, key and budgets are the subject's or less. Whatever ends the
subject, its session, its key or one of those who act ends the exchanged token too, because it carries their marks.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.actions import issue_token
from accounts.actions.introspect_token import held
from accounts.crypto.api_key_text import PREFIX
from accounts.fresh_identity import confirmed
from accounts.identity.foreign import foreign_token
from accounts.identity.verified import verified_key
from accounts.models import Revocation, ServiceAccount
from accounts.named_budgets import named_budgets
from accounts.principal import Principal
from accounts.ring import gateway_audience
from accounts.tokens.claims import MOST_MODELS
from accounts.tokens.confirmation import confirmation, thumbprint_in
from accounts.tokens.delegation import MOST_ACTORS, MOST_EXCHANGES, actors, token_ids
from accounts.tokens.errors import TokenRefused

# Of all names of models together: a token stays below what headers may hold.
LONGEST_MODELS = 1200
CARRIED = (
    "sub", "client_id", "sid", "tid", "tep", "sep", "gep", "cep", "cnf", "act", "pol", "bud", "key", "mdl", "rul",
    "fjt",
)  # fmt: skip


class SubjectRefused(Exception):
    """The subject token does not hold, or may not be exchanged (again). The argument says why, for the record."""


class Wider(Exception):
    """More was asked for than the subject has. The argument is the parameter at fault."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is exchanged: whom it stands for now, and the marks that a token of it carries on.

    Attributes:
        expires: Unix seconds.
    """

    principal: Principal
    claims: Mapping[str, Any]
    audience: str
    expires: int

    @classmethod
    def of_key(cls, text: str) -> "Subject":
        """Of an API key that works now. Raises SubjectRefused, IdentityUnavailable."""
        identity = confirmed()
        try:
            known = verified_key(text, identity)
        except TokenRefused as error:
            raise SubjectRefused(error.reason) from error
        entry, principal = known.entry, known.principal
        tenant = {"tid": entry.organisation_id, "tep": identity.tenants[entry.organisation_id].epoch}
        about = {"sub": principal.subject, "client_id": principal.client_id, "key": entry.public_id, "sep": 0}
        epochs = Revocation.objects.epochs(principal.client_id)
        return cls(principal, {**about, **tenant, **epochs}, gateway_audience(), int(entry.expires))

    @classmethod
    def of_token(cls, text: str) -> "Subject":
        """Of an access token that holds now. Raises SubjectRefused, IdentityUnavailable."""
        known = held(text)
        if known is None:
            return cls.of_foreign(text)
        claims = known.verified.claims
        if len(ancestors := token_ids(claims)) > MOST_EXCHANGES:
            raise SubjectRefused("exchanged_too_often")
        carried = {name: claims[name] for name in CARRIED if name in claims}
        return cls(known.principal, {**carried, "anc": ancestors}, claims["aud"], claims["exp"])

    @classmethod
    def of_foreign(cls, text: str) -> "Subject":
        """Of a trusted issuer's token that holds now. Raises SubjectRefused, IdentityUnavailable."""
        identity = confirmed()
        try:
            known = foreign_token(text, identity, direct=False)
        except TokenRefused as error:
            raise SubjectRefused(f"subject_token_{error.reason}") from error
        claims, entry = known.verified.claims, identity.issuer_of(known.principal.subject)
        if entry is None:
            raise SubjectRefused("subject_token")
        about = {"sub": known.principal.subject, "client_id": known.principal.client_id, "sep": 0}
        tenant = {"tid": entry.organisation_id, "tep": identity.tenants[entry.organisation_id].epoch}
        rules = {"rul": [rule.rule_id for rule in entry.rules_for(claims)]}
        marks = {"fjt": claims["jti"]} if "jti" in claims else {}
        carried = {**about, **tenant, **rules, **marks, **confirmation(known.thumbprint)}
        epochs = Revocation.objects.epochs(known.principal.client_id)
        return cls(known.principal, {**carried, **epochs}, gateway_audience(), claims["exp"])


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; empty for as much as the subject has.

    Attributes:
        seconds: the life of the new token; None for the usual one.
        budget: the id or the name of one that the new token's calls have to fit into besides all others.
        thumbprint: of the key whose holder asks, which the new token is bound to; None where he proved none.
    """

    scopes: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    audience: frozenset[str] = frozenset()
    seconds: int | None = None
    thumbprint: str | None = None
    budget: str = ""


def subject_of(text: str) -> Subject:
    """Of an API key or an access token. Raises SubjectRefused, IdentityUnavailable."""
    return Subject.of_key(text) if text.startswith(PREFIX) else Subject.of_token(text)


def needs_proof(subject: Subject, client: ServiceAccount | None) -> bool:
    """Whether no token may be made of the subject without a proof of a key: because it is bound, or by policy."""
    tenant = confirmed().tenants.get(subject.claims["tid"])
    by_policy = (tenant is not None and tenant.bound_only) or (client is not None and client.needs_proof)
    return by_policy or "cnf" in subject.claims


def execute(subject: Subject, wish: Wish, client: ServiceAccount | None = None) -> issue_token.IssuedToken:
    """The narrower token.

    Args:
        client: the program that asks and proved who it is; it then acts for the subject, unless it is the subject.

    Raises:
        SubjectRefused, Wider.
    """
    if wish.audience - {subject.audience}:
        raise Wider("audience")
    # A bound token is exchanged by who holds its key: nobody else may bind it to another one, or set it free.
    if thumbprint_in(subject.claims) not in (None, wish.thumbprint):
        raise SubjectRefused("dpop_key")
    scopes = _scopes(subject, wish, client)
    narrowed = {**_models(subject.principal, wish), **confirmation(wish.thumbprint), **_budget(subject, wish)}
    claims = {**subject.claims, "aud": subject.audience, **narrowed, **_actor(subject, client)}
    seconds = min(wish.seconds or settings.GATEHOUSE_ACCESS_TOKEN_SECONDS, settings.GATEHOUSE_ACCESS_TOKEN_SECONDS)
    left = subject.expires - int(time.time())
    if left <= 0:
        raise SubjectRefused("expired")
    return issue_token.exchanged(claims, scopes, min(seconds, left), subject.principal)


def _scopes(subject: Subject, wish: Wish, client: ServiceAccount | None) -> frozenset[str]:
    most = subject.principal.scopes if client is None else subject.principal.scopes & frozenset(client.scopes)
    scopes = wish.scopes or most
    if not scopes or not scopes <= most:
        raise Wider("scope")
    return scopes


def _models(principal: Principal, wish: Wish) -> dict[str, object]:
    """In place of the subject's. What a key itself is narrowed to is asked of the key at each call, and not carried."""
    models = wish.models
    if not models:
        return {}
    if principal.models is not None and not models <= principal.models:
        raise Wider("models")
    if len(models) > MOST_MODELS or sum(map(len, models)) > LONGEST_MODELS:
        raise Wider("models")
    return {"mdl": sorted(models)}


def _budget(subject: Subject, wish: Wish) -> dict[str, object]:
    """Once a token names a budget, what is made of it names the same one, and nothing is made when that is gone."""
    named = wish.budget or subject.claims.get("bud")
    if not named:
        return {}
    found = named_budgets().find(subject.claims["tid"], named) if subject.audience == gateway_audience() else None
    if found is None or found != subject.claims.get("bud", found):
        raise Wider("budget")
    return {"bud": found}


def _actor(subject: Subject, client: ServiceAccount | None) -> dict[str, object]:
    if client is None or client.subject == subject.claims["sub"]:
        return {}
    if str(client.organisation_id) != subject.claims["tid"]:
        raise SubjectRefused("another_organisation")
    before = list(actors(subject.claims))
    if before and before[0]["sub"] == client.subject:
        return {}
    if len(before) >= MOST_ACTORS:
        raise SubjectRefused("too_many_actors")
    epochs = Revocation.objects.epochs(client.client_id)
    actor: dict[str, object] = {"sub": client.subject, "client_id": client.client_id, "sep": client.epoch}
    if "cep" in epochs:
        actor["cep"] = epochs["cep"]
    return {"act": {**actor, **({"act": before[0]} if before else {})}}
