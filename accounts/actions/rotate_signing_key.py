"""Put a fresh signing key into service; the one before goes on verifying until its tokens are gone."""

import orjson
from django.db import transaction
from django.utils import timezone

from accounts.changes import announce
from accounts.models import SigningKey
from accounts.models.signing_key import SigningKeyState
from accounts.ring import envelope
from accounts.tokens.keys import SigningKeyPair
from audit.context import Target
from audit.log import record


def execute(alg: str = "ES256", note: str = "") -> SigningKey:
    """Make a key and activate it in one transaction; the active one becomes retiring."""
    with transaction.atomic():
        current = SigningKey.objects.select_for_update().filter(purpose="access", state=SigningKeyState.ACTIVE).first()
        if current is not None:
            current.move_to(SigningKeyState.RETIRING)
            current.retiring_at = timezone.now()
            current.save(update_fields=("state", "retiring_at"))
        made = _made(alg, note)
        record(
            "key.rotated" if current is not None else "key.created",
            target=Target("signing_key", str(made.pk), made.kid),
            attrs={"alg": alg, "replaces": current.kid if current is not None else ""},
        )
        announce("signing_key", made.kid)
    return made


def ensure() -> SigningKey:
    """The active key, made if there is none."""
    active = SigningKey.objects.filter(purpose="access", state=SigningKeyState.ACTIVE).first()
    return active or execute(note="first boot")


def _made(alg: str, note: str) -> SigningKey:
    pair = SigningKeyPair.generate(alg)
    row = SigningKey(
        kid=pair.kid,
        alg=alg,
        state=SigningKeyState.ACTIVE,
        public_jwk=pair.public_jwk(),
        activated_at=timezone.now(),
        note=note,
    )
    row.private_sealed = envelope().seal(orjson.dumps(pair.private_jwk()), aad=row.aad)
    row.save(force_insert=True)
    return row
