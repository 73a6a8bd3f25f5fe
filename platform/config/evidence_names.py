"""Names for the ids that the audit log keeps: of teams, keys, people, organisations."""

import uuid
from collections.abc import Iterable, Mapping

from django.db.models import Model

from accounts.models import ApiKey, Organisation, ServiceAccount, Team, User

MODELS: Mapping[str, type[Model]] = {"team": Team, "key": ApiKey, "organisation": Organisation}


def names(kind: str, ids: Iterable[str]) -> Mapping[str, str]:
    """Id to name; ids of what is gone are left out."""
    known = [found for found in ids if _is_uuid(_bare(found))]
    if kind == "actor":
        return _actors(known)
    model = MODELS.get(kind)
    if model is None:
        return {}
    return {str(row.pk): str(row) for row in model._default_manager.filter(pk__in=known)}


def _actors(subjects: Iterable[str]) -> Mapping[str, str]:
    # What another issuer calls its own may look like an id of ours.
    by_id = {_bare(subject): subject for subject in subjects if not subject.startswith("ext:")}
    found = [
        *User.objects.filter(pk__in=by_id).values_list("pk", "username"),
        *ServiceAccount.objects.filter(pk__in=by_id).values_list("pk", "name"),
        *ApiKey.objects.filter(pk__in=by_id).values_list("pk", "name"),
    ]
    return {by_id[str(pk)]: str(name) for pk, name in found}


def _bare(subject: str) -> str:
    """The id in `usr:<id>`."""
    return subject.rpartition(":")[2]


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
