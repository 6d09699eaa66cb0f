"""The error tree. A class is named by what the caller should do; every error carries catalogue issues.

CarehubError                  always carries issues from the catalogue
  x Rejected                  this input will never work     worker: dead-letter               api: 422
    + Unreadable              not the declared format
    + Unmappable              cannot be said without guessing
    + NonConformant           said, but not valid R4 or UK Core
  x Unavailable               try again later                worker: retry, then dead-letter   api: 503
    + StoreBusy
    + OutsideDown
  x Refused                   policy says no                 worker: alarm                     api: 403, or 401 without a credential
    + Unauthenticated
  x Missing                   no such thing                  worker: dead-letter               api: 404
  x Overtaken                 someone was first              worker: retry                     api: 409
anything else                 a bug                          worker: dead-letter and alarm     api: 500, number only
"""

from __future__ import annotations

from carehub.terms.issue import Issue


class CarehubError(Exception):
    """Base of all errors the hub raises on purpose. `issues` is never empty."""

    def __init__(self, *issues: Issue) -> None:
        if not issues:
            raise TypeError("an error needs at least one issue from the catalogue")
        self.issues: tuple[Issue, ...] = issues
        super().__init__(", ".join(f"{i.number}{' at ' + i.at if i.at else ''}" for i in issues))


class Rejected(CarehubError):
    """This input will never work."""


class Unreadable(Rejected):
    """Not in the declared format."""


class Unmappable(Rejected):
    """Cannot be said in FHIR without guessing."""


class NonConformant(Rejected):
    """Said, but not valid R4 or UK Core."""


class Unavailable(CarehubError):
    """Try again later."""


class StoreBusy(Unavailable):
    """The store cannot take this now."""


class OutsideDown(Unavailable):
    """A service outside cannot be reached now."""


class Refused(CarehubError):
    """Policy says no."""


class Unauthenticated(Refused):
    """Nobody is signed in, or the credential is not known."""


class Missing(CarehubError):
    """There is no such thing."""


class Overtaken(CarehubError):
    """Someone else was first."""
