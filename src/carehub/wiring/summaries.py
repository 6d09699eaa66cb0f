"""The emergency summaries on disk: an export that policy decides and the audit trail tells of, in a folder that only its owner can open."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonQuery
from carehub.terms.errors import Missing
from carehub.terms.moments import iso, show_time
from carehub.terms.nhs_number import valid
from carehub.web.emergency_summary import files_of
from carehub.web.rendering import Pages
from carehub.wiring.settings import Settings, UnsafeSettings

MOST = 2000
"""So many people at most: the summaries are for those whom a team looks after, and no copy of the hub."""

_PAGE = "emergency summary"
_KEPT = 2
_NAME = "%Y-%m-%dT%H%M%S.%fZ"
_SET = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}\.\d{6}Z")


class Written(NamedTuple):
    """folder: of this writing. people: how many summaries. unknown: how many NHS numbers nothing was found under."""

    folder: Path
    people: int
    unknown: int


def requester_of(settings: Settings) -> Requester:
    """In whose role the summaries are read. Raises UnsafeSettings when no organisation is named."""
    organisation = settings.summaries_organisation
    if not organisation:
        raise UnsafeSettings("CAREHUB_SUMMARIES_ORGANISATION must name the organisation that the emergency summaries are for")
    return Requester("emergency-summaries", "carehub, for when it is away", settings.summaries_role, organisation, organisation, "TREAT")


def numbers_in(people: Path) -> list[str]:
    """The NHS numbers of a file, one a line, each once; blank lines and those that begin with "#" are passed over. Raises UnsafeSettings for
    another line, by its number, and for too many."""
    try:
        lines = people.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeSettings(f"{people}: {type(error).__name__}") from error
    found: dict[str, None] = {}
    for place, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            number = valid(line.strip())
            if number is None:
                raise UnsafeSettings(f"{people}: line {place} is no NHS number")
            found[number] = None
    if not 0 < len(found) <= MOST:
        raise UnsafeSettings(f"{people}: names {len(found)} people; it must name some, and {MOST} at most")
    return list(found)


def write_summaries(hub: Hub, folder: Path, people: Path, requester: Requester, *, demo: bool = False) -> Written:
    """Read each person as the requester may, each look written down, and put the files in a new folder of `folder`; the writings before the last
    two go. Nothing is left of a writing that failed. Raises UnsafeSettings, Refused, Unavailable, and OSError where nothing can be written.
    """
    with _alone_in(folder):
        return _write(hub, folder, people, requester, demo=demo)


def _write(hub: Hub, folder: Path, people: Path, requester: Requester, *, demo: bool) -> Written:
    numbers, now = numbers_in(people), hub.clock()
    records, unknown = [], []
    for number in numbers:
        hits = hub.disclosing.search_people(requester, PersonQuery(nhs_number=number)).value
        found = []
        for hit in filter(lambda one: one.related, hits):
            try:
                found.append(hub.disclosing.person_record(requester, hit.person, _PAGE))
            except Missing:  # it was joined or parted between the two
                continue
        records += found
        unknown += [] if found else [number]
    files = files_of(Pages(demo=demo), records, unknown, requester, now)
    beside, at = folder / ".writing", folder / now.astimezone(UTC).strftime(_NAME)
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(mode=0o700)
        for name, text in files.items():
            with os.fdopen(os.open(beside / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
        beside.replace(at)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    for earlier in _sets(folder)[:-_KEPT]:
        shutil.rmtree(earlier)
    return Written(at, len(records), len(unknown))


def summaries_by(settings: Settings) -> Callable[[Hub], object] | None:
    """What writes them when they are due, as the settings say; None where the site writes none. Raises UnsafeSettings."""
    folder, people = settings.summaries_folder, settings.summaries_people
    if folder is None or people is None:
        return None
    requester, demo, every = requester_of(settings), settings.env == "demo", timedelta(minutes=settings.summaries_minutes)

    def write(hub: Hub) -> None:
        with _alone_in(folder):
            last = last_written(folder)
            if last is None or hub.clock() - last >= every:
                _write(hub, folder, people, requester, demo=demo)

    return write


def last_written(folder: Path | None) -> datetime | None:
    """When the last whole set was written, aware UTC; None where there is none."""
    found = _sets(folder) if folder else []
    return datetime.strptime(found[-1].name, _NAME).replace(tzinfo=UTC) if found else None


def last_written_words(folder: Path | None) -> str:
    """What a reader is told of it when nothing can be shown; "" where the site writes none."""
    if folder is None:
        return ""
    last = last_written(folder)
    if last is None:
        return "Your service keeps emergency summaries, but none has been written. Phone the service that holds the record."
    return (
        f"Your service keeps emergency summaries to read and print while carehub is away. The last were written {show_time(iso(last))}: "
        "they do not hold what came after. Ask whoever keeps them."
    )


def _sets(folder: Path) -> list[Path]:
    """The whole writings in a folder, oldest first."""
    try:
        return sorted(one for one in folder.iterdir() if _SET.fullmatch(one.name))
    except OSError:
        return []


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Make the folder, for its owner only, and wait until nobody else writes in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
