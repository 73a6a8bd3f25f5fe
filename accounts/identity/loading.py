"""Reading identities from the database: a fixed number of queries, whatever the number of rows."""

import hashlib
from collections import defaultdict
from datetime import timedelta

import orjson
from django.utils import timezone

from accounts.identity.entries import HolderEntry, KeyEntry, TenantEntry
from accounts.models import ApiKey, Membership, Organisation, RefreshFamily, ServiceAccount, SigningKey, User
from accounts.models.signing_key import PUBLISHED, VERIFYING
from accounts.ring import LONGEST_TOKEN_SECONDS
from accounts.scopes import ALL_SCOPES
from accounts.tokens.keys import VerifyingKey

# A revoked session matters for as long as a token of it could live.
SESSION_WINDOW = timedelta(seconds=2 * LONGEST_TOKEN_SECONDS)


def keys(**where: object) -> dict[str, KeyEntry]:
    """Live API keys by public id."""
    rows = ApiKey.objects.live().filter(**where)
    return {key.public_id: KeyEntry.of(key) for key in rows.iterator(chunk_size=2000)}


def people(**where: object) -> dict[str, HolderEntry]:
    """People by subject."""
    teams: dict[object, dict[str, str | None]] = defaultdict(dict)
    for user_id, organisation_id, team_id in Membership.objects.values_list("user_id", "organisation_id", "team_id"):
        teams[user_id].setdefault(str(organisation_id), str(team_id) if team_id else None)
    rows = User.objects.filter(**where).values_list("pk", "username", "is_active", "epoch")
    everything = frozenset(ALL_SCOPES)
    return {
        f"usr:{pk}": HolderEntry(username, active, epoch, teams.get(pk, {}), everything)
        for pk, username, active, epoch in rows.iterator(chunk_size=2000)
    }


def programs() -> dict[str, HolderEntry]:
    """Service accounts by subject."""
    return {row.subject: HolderEntry.of_program(row) for row in ServiceAccount.objects.iterator(chunk_size=2000)}


def tenants() -> dict[str, TenantEntry]:
    """Organisations by id."""
    return {str(row.pk): TenantEntry.of(row) for row in Organisation.objects.all()}


def verifying_keys() -> dict[str, VerifyingKey]:
    """Public keys by kid: of the states that verify."""
    rows = SigningKey.objects.filter(state__in=VERIFYING)
    return {row.kid: VerifyingKey.from_jwk(row.kid, row.alg, row.public_jwk) for row in rows}


def revoked_sessions() -> set[str]:
    """Ids of sessions ended recently enough to matter."""
    since = timezone.now() - SESSION_WINDOW
    rows = RefreshFamily.objects.filter(revoked_at__gt=since).values_list("pk", flat=True)
    return {str(pk) for pk in rows}


def key_set() -> tuple[bytes, str]:
    """The JWK set as it is served, and its ETag."""
    rows = SigningKey.objects.filter(state__in=PUBLISHED).order_by("created_at")
    published = [{**row.public_jwk, "kid": row.kid, "alg": row.alg, "use": "sig"} for row in rows]
    body = orjson.dumps({"keys": published})
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
