"""From somebody whom an identity provider vouches for to a person here: known, invited, joining, linked or refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.actions import accept_invitation, add_member, end_sessions
from accounts.change_records import record_change
from accounts.models import IdentityProvider, Invitation, Membership, User
from audit.context import Actor, Target
from audit.log import record

UNFIT = re.compile(r"[^a-z0-9@.+_-]")
LONGEST_NAME = 100
MOST_NAMES = 1000


class Refused(Exception):
    """The sentence is for the person."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at a provider; only `subject` identifies him, the rest is what he is called."""

    provider: IdentityProvider
    subject: str
    username: str
    email: str
    first_name: str
    last_name: str

    @classmethod
    def of(cls, provider: IdentityProvider, claims: Mapping[str, Any]) -> Self:
        """From verified claims. Raises Refused: the provider's row admits nobody like that."""
        if not provider.admits(claims):
            raise Refused("This account may not come in here.")
        email = _text(claims, "email") if claims.get("email_verified") is True else ""
        try:
            validate_email(email)
        except ValidationError:
            email = ""
        username = _text(claims, "preferred_username") or _text(claims, "email")
        names = (_text(claims, "given_name"), _text(claims, "family_name"))
        return cls(provider, str(claims["sub"]), username, email, *names)

    def linked(self) -> User | None:
        """The person that it belongs to here, if any."""
        row = SocialAccount.objects.filter(provider=str(self.provider.pk), uid=self.subject).select_related("user")
        found = row.first()
        return found.user if found is not None and isinstance(found.user, User) else None


def person_of(identity: Identity, invitation: Invitation | None = None) -> User:
    """Whose session begins; a newcomer is made where an invitation or the provider's row says so.

    Raises:
        Refused: nobody here, switched off, or no member (any more).
        InvitationGone, ValidationError: the invitation cannot be accepted.
    """
    known = identity.linked()
    with transaction.atomic():
        if known is None:
            known = _newcomer(identity, invitation)
        elif invitation is not None:
            accept_invitation.as_known_person(invitation, known)
    known.refresh_from_db()
    if not identity.provider.may_sign_in(known):
        raise Refused("Your account here is switched off, or does not belong to this organisation any more.")
    return known


def link(identity: Identity, person: User) -> None:
    """From now on the identity signs in as the person. Raises Refused: another's, or not his organisation's."""
    owner = identity.linked()
    if owner is not None and owner.pk != person.pk:
        raise Refused("That account already signs in as somebody else here.")
    if not identity.provider.may_sign_in(person):
        raise Refused("You cannot sign in there: it is not your organisation's, or you run the whole installation.")
    if owner is None:
        with transaction.atomic():
            _linked(identity, person, "by_the_person")
            end_sessions.execute(person, "identity_linked")


def unlink(row: SocialAccount, person: User) -> None:
    """That account does not sign in here any more; what it signed in ends."""
    with transaction.atomic():
        provider, subject = row.provider, row.uid
        row.delete()
        attrs = {"provider": provider, "sub": subject}
        record("auth.identity.unlinked", target=_target(person), attrs=attrs)
        end_sessions.execute(person, "identity_unlinked")


def _newcomer(identity: Identity, invitation: Invitation | None) -> User:
    row = identity.provider
    person = User(
        username=_free_name(identity), email=identity.email, first_name=identity.first_name,
        last_name=identity.last_name,
    )  # fmt: skip
    person.set_unusable_password()
    if invitation is not None:
        if row.organisation_id is not None and row.organisation_id != invitation.organisation_id:
            raise Refused("This invitation is of another organisation.")
        accept_invitation.as_new_person(invitation, person)
    elif row.join_role and row.organisation is not None:
        person.full_clean(exclude=["password"])
        person.save()
        record_change(person, "created", ["username"])
        add_member.save(
            Membership(organisation=row.organisation, user=person, role=row.join_role, team=row.join_team), by=None
        )
    else:
        raise Refused("Nobody here has this account. Ask for an invitation, or sign in and link it under “My account”.")
    _linked(identity, person, "invitation" if invitation is not None else "joined")
    return person


def _linked(identity: Identity, person: User, because: str) -> None:
    shown = {"name": identity.username or identity.email}
    try:
        with transaction.atomic():
            SocialAccount.objects.create(
                user=person, provider=str(identity.provider.pk), uid=identity.subject, extra_data=shown
            )
    except IntegrityError as error:
        raise Refused("Somebody came in with this account at the same moment. Try again.") from error
    record(
        "auth.identity.linked",
        actor=Actor("user", person.subject, person.get_username()),
        target=_target(person),
        organisation_id=str(identity.provider.organisation_id or ""),
        attrs={"provider": str(identity.provider.pk), "sub": identity.subject, "because": because},
    )


def _free_name(identity: Identity) -> str:
    """A user name that nobody has: what he is called there, with a number where that is taken."""
    wished = UNFIT.sub("", identity.username.lower())[:LONGEST_NAME] or f"{identity.provider.slug}-person"
    taken = set(User.objects.filter(username__istartswith=wished).values_list("username", flat=True))
    lower = {name.lower() for name in taken}
    names = (wished, *(f"{wished}-{number}" for number in range(2, MOST_NAMES)))
    return next(name for name in names if name not in lower)


def _target(person: User) -> Target:
    return Target("user", str(person.pk), person.get_username())


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return " ".join(value.split())[:LONGEST_NAME] if isinstance(value, str) else ""
