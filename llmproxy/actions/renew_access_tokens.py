"""Fetch access tokens for the credentials that are exchanged for one, before the old ones end.

Beside the request path: the calls use what is in the snapshot, and the snapshot is told when a new token is there.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from requests import RequestException, Session

from accounts.crypto import UnsealError
from accounts.egress import EgressPolicy
from accounts.egress.session import guarded_session
from audit.context import Target
from audit.log import record
from llmproxy.adapters.auth import SCHEMES, BadSecret, TokenGrant
from llmproxy.models import ProviderCredential

logger = structlog.get_logger(__name__)
LARGEST_ANSWER = 256 * 1024


def execute(now: datetime | None = None) -> int:
    """Renew what is due; how many tokens were fetched. What fails is named on its row and tried again next time."""
    now = now or timezone.now()
    rows = ProviderCredential.objects.filter(enabled=True, provider__enabled=True).select_related("provider")
    due = [row for row in rows if row.provider.auth_scheme in SCHEMES and row.renewal_is_due(now)]
    return sum(renew(row, now) for row in due)


def renew(credential: ProviderCredential, now: datetime) -> bool:
    """Fetch one token and store it; False where none is needed, or none was given (the row says why)."""
    try:
        grant = credential.grant()
        if grant is None:
            return False
        token, life = _fetched(grant, now)
    except UnsealError:
        return _noted(credential, "The stored key cannot be opened.")
    except BadSecret as error:
        return _noted(credential, str(error))
    except RequestException as error:
        return _noted(credential, f"The token endpoint gave no answer ({type(error).__name__}).")
    credential.set_access_token(token, now + timedelta(seconds=life))
    _saved(credential)
    return True


def _fetched(grant: TokenGrant, now: datetime) -> tuple[str, int]:
    policy = EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW)
    with guarded_session(policy, answer_limit=LARGEST_ANSWER) as session:
        return grant.token(_posted(session, grant, now))


def _posted(session: Session, grant: TokenGrant, now: datetime) -> object:
    answer = session.post(grant.url, data=grant.form(int(now.timestamp())), headers={"Accept": "application/json"})
    if answer.status_code != 200:
        raise BadSecret(f"The token endpoint refused the key (status {answer.status_code}).")
    return answer.json()


def _noted(credential: ProviderCredential, problem: str) -> bool:
    logger.warning("provider.access_token_not_renewed", provider=credential.provider.slug, problem=problem)
    if credential.access_token_problem != problem:
        credential.access_token_problem = problem
        _saved(credential)
    return False


def _saved(credential: ProviderCredential) -> None:
    with transaction.atomic():
        record(
            "admin.provider_credential.updated",
            outcome="failure" if credential.access_token_problem else "success",
            target=Target("provider_credential", str(credential.pk), credential.name),
            organisation_id=str(credential.provider.organisation_id) if credential.provider.organisation_id else None,
            provider=credential.provider.slug,
            attrs={"fields": ["access_token"]},
        )
        credential.save()
