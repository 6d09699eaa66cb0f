"""Dates, ages and times as the pages show them: NHS CUI short form for the eye, the long form for a screen reader."""

from __future__ import annotations

import re
from datetime import date, datetime

from markupsafe import Markup

from carehub.terms.moments import LONDON, instant, iso, london_date, show_date, show_time, valid_date

NOT_RECORDED = "Not recorded"

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_BY_SHORT = {month[:3]: month for month in _MONTHS}
_SHORT_DATE = re.compile(r"\b(\d{2})-([A-Z][a-z]{2})-(\d{4})\b")


def today(moment: datetime) -> str:
    """The calendar day in London of an aware moment, "YYYY-MM-DD"."""
    return moment.astimezone(LONDON).date().isoformat()


def long_date(text: str) -> str:
    """ "9 March 1941", "March 1941" or "1941" from a FHIR date or dateTime; text that is no date comes back as it is.

    The NHS service manual asks for months in full because screen readers read short months inconsistently.
    """
    day = london_date(text)
    if not valid_date(day):
        return text
    year, *rest = day.split("-")
    if not rest:
        return year
    month = _MONTHS[int(rest[0]) - 1]
    return f"{int(rest[1])} {month} {year}" if len(rest) == 2 else f"{month} {year}"


def long_words(text: str) -> str:
    """Text with each short date written out: "10-Nov-2026" as "10 November 2026"."""

    def written(match: re.Match[str]) -> str:
        day, month, year = match.groups()
        return f"{int(day)} {_BY_SHORT[month]} {year}" if month in _BY_SHORT else match[0]

    return _SHORT_DATE.sub(written, text)


def time_element(text: str, *, clock: bool = False) -> Markup:
    """A <time> element from a FHIR date or dateTime, or "Not recorded" for "" (CUI D+Ta-0022).

    clock: show the London time too, when the text has one. The visible form is hidden from screen readers and the spoken form from the eye
    and from copying, so that each reader gets exactly one date.
    """
    if not text:
        return Markup(NOT_RECORDED)  # noqa: S704 (a constant)
    if not valid_date(london_date(text)):
        return Markup('<span class="ch-long">{}</span>').format(text)
    shown = show_time(text) if clock else show_date(text)
    spoken = long_date(text)
    machine = london_date(text)
    if clock and instant(text):
        spoken = f"{spoken} at {shown[-5:]}"
        machine = text
    return Markup(
        '<time class="nb" datetime="{}"><span aria-hidden="true">{}</span><span class="nhsuk-u-visually-hidden ch-spoken">{}</span></time>'
    ).format(machine, shown, spoken)


def moment_element(moment: datetime, *, clock: bool = True) -> Markup:
    """The same for an aware datetime."""
    return time_element(iso(moment), clock=clock)


def clock_time(moment: datetime) -> str:
    """ "09:02", London, 24-hour."""
    return f"{moment.astimezone(LONDON):%H:%M}"


def age_words(birth: str, on: str) -> str:
    """The age on a day, in CUI form, or "" when either date is not a full date or the birth is later.

    CUI "Date and time of birth, age": days to 4 weeks, weeks and days to 1 year, months and days to 2 years, years and months to 18, then years.
    """
    try:
        born, then = date.fromisoformat(birth), date.fromisoformat(on)
    except ValueError:
        return ""
    if then < born:
        return ""
    days = (then - born).days
    months = (then.year - born.year) * 12 + then.month - born.month - (then.day < born.day)
    if days < 28:
        return f"{days}d"
    if months < 12:
        return f"{days // 7}w {days % 7}d" if days % 7 else f"{days // 7}w"
    years, odd = divmod(months, 12)
    if years < 2:
        return f"{months}m"
    if years < 18:
        return f"{years}y {odd}m" if odd else f"{years}y"
    return f"{years}y"
