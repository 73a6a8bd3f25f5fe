"""Reading identities from the database: a fixed number of queries, whatever the number of rows."""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

import orjson
import structlog
from django.utils import timezone

from accounts.identity.entries import HolderEntry, TenantEntry
from accounts.identity.issuer_entry import IssuerEntry
from accounts.identity.key_entry import AS_TEXT, COLUMNS, EntryMaker, KeyEntry
from accounts.identity.revoked import Revoked
from accounts.models import (
    ApiKey,
    Membership,
    Organisation,
    RefreshFamily,
    Revocation,
    ServiceAccount,
    SigningKey,
    TrustedIssuer,
    User,
)
from accounts.models.revocation import RevocationKind
from accounts.models.signing_key import PUBLISHED, VERIFYING
from accounts.ring import LONGEST_TOKEN_SECONDS
from accounts.scopes import ALL_SCOPES
from accounts.tokens.keys import VerifyingKey

logger = structlog.get_logger(__name__)
# A revoked session matters for as long as a token of it could live.
SESSION_WINDOW = timedelta(seconds=2 * LONGEST_TOKEN_SECONDS)


def keys(**where: object) -> dict[str, KeyEntry]:
    """API keys by public id; whether their organisation is active is asked of `tenants` at each use."""
    made = EntryMaker()
    rows = ApiKey.objects.unrevoked().filter(**where).annotate(**AS_TEXT).values_list(*COLUMNS)
    return {row[0]: made.of(row) for row in rows.iterator(chunk_size=2000)}


def people(only: Collection[str] | None = None) -> dict[str, HolderEntry]:
    """People by subject; all, or those with the ids `only`."""
    teams: dict[object, dict[str, str | None]] = defaultdict(dict)
    members = Membership.objects.all() if only is None else Membership.objects.filter(user_id__in=only)
    for user_id, organisation_id, team_id in members.values_list("user_id", "organisation_id", "team_id"):
        teams[user_id].setdefault(str(organisation_id), str(team_id) if team_id else None)
    users = User.objects.all() if only is None else User.objects.filter(pk__in=only)
    rows = users.values_list("pk", "username", "is_active", "epoch", "is_superuser")
    everything = frozenset(ALL_SCOPES)
    return {
        f"usr:{pk}": HolderEntry(username, active, epoch, teams.get(pk, {}), everything, root)
        for pk, username, active, epoch, root in rows.iterator(chunk_size=2000)
    }


def programs(only: Collection[str] | None = None) -> dict[str, HolderEntry]:
    """Service accounts by subject; all, or those with the ids `only`."""
    rows = ServiceAccount.objects.all() if only is None else ServiceAccount.objects.filter(pk__in=only)
    return {row.subject: HolderEntry.of_program(row) for row in rows.iterator(chunk_size=2000)}


def tenants() -> dict[str, TenantEntry]:
    """Organisations by id."""
    return {str(row.pk): TenantEntry.of(row) for row in Organisation.objects.all()}


def revoked(only: Collection[str] | None = None) -> Revoked:
    """What ended before its time; all, or the rows with the ids `only`."""
    rows = Revocation.objects.in_force()
    found = Revoked()
    for row in rows if only is None else rows.filter(pk__in=only):
        match row.kind:
            case RevocationKind.TOKEN:
                found.tokens[row.issuer, row.value] = row.expires_at.timestamp() if row.expires_at else float("inf")
            case RevocationKind.CLIENT:
                found.clients[row.value] = row.epoch
            case RevocationKind.SUBJECT:
                found.subjects[row.value] = row.epoch
            case RevocationKind.EVERYTHING:
                found.everything, found.everything_at = row.epoch, row.updated_at.timestamp()
    return found


def issuers() -> dict[tuple[str, str], IssuerEntry]:
    """Trusted issuers by `iss` and `aud`; one whose keys cannot be read is left out, and so is not believed."""
    found = {}
    for row in TrustedIssuer.objects.filter(is_active=True).prefetch_related("rules"):
        try:
            found[row.issuer, row.audience] = IssuerEntry.of(row)
        except ValueError as error:
            logger.warning("issuer.keys_unreadable", issuer=row.issuer, error=str(error))
    return found


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
