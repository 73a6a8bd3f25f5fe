"""A key that a person makes for his own tools."""

from django.core.exceptions import ValidationError

from accounts.actions import create_api_key
from accounts.actions.create_api_key import CreatedKey
from accounts.models import ApiKey, User

# Enough for every tool of one person; a program that needs more is a service account.
MOST_OWN_KEYS = 50


def execute(key: ApiKey, person: User) -> CreatedKey:
    """Store the unsaved row as the person's; its use counts for the team that he is in there.

    Raises:
        ValidationError: he does not belong to the organisation, has too many keys, or the key is not as keys are.
    """
    if ApiKey.objects.own(person).unrevoked().count() >= MOST_OWN_KEYS:
        raise ValidationError(f"You have {MOST_OWN_KEYS} keys that work. Revoke those that nothing uses any more.")
    key.created_by = person
    if (place := person.memberships.filter(organisation=key.organisation, team__isnull=False).first()) is not None:
        key.team = place.team
    plain = create_api_key.fill_secret(key)
    create_api_key.save(key)
    return CreatedKey(key, plain)
