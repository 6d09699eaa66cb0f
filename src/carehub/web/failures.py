"""Error class to page: the one table. Pages name catalogue numbers, never a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carehub.governance.relationship import WOULD_BE
from carehub.terms.errors import CarehubError, Missing, Overtaken, Refused, Rejected, Unauthenticated, Unavailable
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.web.door import Door
from carehub.web.forms import FIELD
from carehub.web.headers import HEADERS


@dataclass(frozen=True, slots=True)
class Failure:
    """status: HTTP status. heading and sentences: what the reader sees."""

    status: int
    heading: str
    sentences: tuple[str, ...]


# The first class that fits is used, so the narrower comes first.
TABLE: tuple[tuple[type[CarehubError], Failure], ...] = (
    (
        Unauthenticated,
        Failure(401, "Sign in to use carehub", ("You are not signed in, or your session has ended. Nothing has been shown.",)),
    ),
    (
        Refused,
        Failure(
            403,
            "You are not allowed to see this",
            (
                "Your role, organisation or purpose does not allow it. This does not mean that there is no record.",
                "If you need it to care for someone, ask the person's care coordinator or your information governance lead.",
                "If it cannot wait, phone the service that holds the record.",
                "This attempt has been recorded.",
            ),
        ),
    ),
    (
        Missing,
        Failure(
            404,
            "There is nothing at this address",
            (
                "carehub holds no record under this address. The person may still be known to a service, and may be held under another record.",
                "Search for the person again.",
            ),
        ),
    ),
    (Overtaken, Failure(409, "Someone else changed this first", ("Go back, reload the page and look again.",))),
    (
        Unavailable,
        Failure(
            503,
            "carehub cannot answer now",
            ("Nothing has been shown, so do not take this as an empty record. Try again in a moment.",),
        ),
    ),
    (Rejected, Failure(422, "carehub could not use this request", ("Go back and check what was entered.",))),
)
# Hazard H-33: who is refused in need is told plainly that it says nothing of the person, and what to do.
_NO_RELATIONSHIP = ("GOV-005", "GOV-006")
STRANGER = Failure(
    403,
    "Your organisation has no recorded relationship with this person",
    (
        "So the record is not opened. This does not mean that there is no record, and it says nothing of the person.",
        WOULD_BE,
        "If you need it to care for them, ask the person's care coordinator or your information governance lead.",
        "This attempt has been recorded.",
    ),
)
SWEEPING = Failure(
    429,
    "Too many searches in a minute",
    (
        "Nothing was looked up. This does not mean that there is no record. Try again in a minute.",
        "If it cannot wait, phone the service that holds the record.",
        "This attempt has been recorded.",
    ),
)
BUG = Failure(
    500,
    "carehub has failed",
    ("Nothing has been shown, so do not take this as an empty record. The failure has been recorded.", "Try again, or phone the service."),
)
# The store takes nothing, by order or because it cannot.
_TAKES_NOTHING = ("STORE-006", "STORE-007")


def failure_of(error: CarehubError) -> Failure:
    """The row of the table for an error; a class that is in no row is treated as a bug."""
    return next((failure for kind, failure in TABLE if isinstance(error, kind)), BUG)


class Failures:
    """Turns what a page raises into a page. sign_in_page: whether this app has one to send people to. meanwhile: what there is to read while
    nothing can be shown, as a sentence, or ""."""

    def __init__(self, door: Door, *, sign_in_page: bool, meanwhile: Callable[[], str] = lambda: "") -> None:
        self._door = door
        self._meanwhile = meanwhile
        self._sign_in_page = sign_in_page

    def handlers(self) -> dict[type[Exception] | int, Callable[[Request, Exception], Awaitable[Response]]]:
        """For Starlette's exception_handlers."""
        return {CarehubError: self.carehub_error, HTTPException: self.http_error, Exception: self.bug}

    async def carehub_error(self, request: Request, error: Exception) -> Response:
        """An error the hub raised on purpose."""
        if not isinstance(error, CarehubError):
            return await self.bug(request, error)
        if isinstance(error, Unauthenticated) and self._sign_in_page and request.method == "GET":
            # The path only: a search's names and dates must not be copied into another address.
            return RedirectResponse(f"/sign-in?next={quote(request.url.path, safe='/')}", status_code=303)
        if isinstance(error, Unauthenticated) and request.method == "POST" and (typed := await self._typed(request)):
            return self._door.show(
                request, "signed_out.html", status=401, typed=typed, address=request.url.path, sign_in=self._sign_in_page
            )
        if request.method == "POST" and any(one.number in _TAKES_NOTHING for one in error.issues) and (typed := await self._typed(request)):
            headers = {"Retry-After": "10"}
            return self._door.show(
                request, "not_taken.html", status=503, headers=headers, typed=typed, address=request.url.path, issues=error.issues
            )
        if any(one.number in _NO_RELATIONSHIP for one in error.issues):
            return self._show(request, STRANGER, error.issues)
        if any(one.number == "GOV-007" for one in error.issues):
            return self._show(request, SWEEPING, error.issues)
        return self._show(request, failure_of(error), error.issues)

    async def _typed(self, request: Request) -> dict[str, str]:
        """What was typed into a form of ours that could not be taken, so that it is not lost (UI-74); empty for any other."""
        try:
            fields = await self._door.form(request)
        except CarehubError:
            return {}
        return {name: value for name, value in fields.items() if name != FIELD}

    async def http_error(self, request: Request, error: Exception) -> Response:
        """No such route, or a method it does not have."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 404:
            return self._show(request, failure_of(Missing(issue("API-003"))), (issue("API-003"),))
        number = "API-012" if status == 405 else "API-005"
        failure = Failure(status, "carehub could not use this request", ("Go back and try again.",))
        return self._show(request, failure, (issue(number),))

    async def bug(self, request: Request, error: Exception) -> Response:
        """Anything else. Its words stay out of the page. This answer does not pass the headers middleware, so they are set here."""
        response = self._show(request, BUG, (issue("API-008"),))
        response.headers.update(HEADERS)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _show(self, request: Request, failure: Failure, issues: tuple[Issue, ...]) -> Response:
        headers = {"Retry-After": "10"} if failure.status == 503 else None
        if failure.status >= 500 and (instead := self._meanwhile()):
            failure = replace(failure, sentences=(*failure.sentences, instead))
        emergency = ""
        if any(one.number == "GOV-005" for one in issues) and (person := str(request.path_params.get("person", ""))):
            emergency = f"/people/{quote(person, safe='')}/emergency-access"
        return self._door.show(
            request, "failure.html", status=failure.status, headers=headers, failure=failure, issues=issues, emergency=emergency
        )
