"""What is held about a person as one page that can be read without anything else: the record in words, then every record as its source told it, what
carehub says itself, and who looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from carehub.fhir.canonical import loads
from carehub.governance.audit import seen
from carehub.hub.held_about import Item, Line
from carehub.hub.subject_access import Export
from carehub.terms.moments import show_date, show_time

_STYLE = (
    "body{font:16px/1.5 Arial,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#212b32}"
    "h2{border-top:4px solid #005eb8;padding-top:.5em}h3{margin-bottom:.2em}dl{margin:0 0 1em}dt{float:left;clear:left;width:18em;"
    "color:#4c6272}dd{margin:0 0 0 18.5em;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}td,th{text-align:left;"
    "padding:.3em .5em;border-bottom:1px solid #d8dde0;vertical-align:top}.why{border-left:6px solid #d5281b;padding-left:.6em}"
)
# The hub's own marks on a record; version and time stand in its heading.
_LEFT_OUT = frozenset(("resourceType", "id", "versionId", "lastUpdated", "source"))


def page_of(
    export: Export, records: Sequence[Item], lines: Sequence[Line], said: Sequence[Item], looks: Sequence[Item], *, first: bool
) -> str:
    """The page. first: it holds what is to be looked at before it is given, each with the reasons."""
    title = "To be reviewed before it is given" if first else "What carehub holds about you"
    parts = [
        *_section("The record in words", (_line(line) for line in lines)),
        *_section("Every record as its source told it", (_record(one) for one in records)),
        *_section("What carehub itself holds", (_statement(one) for one in said)),
        *_section("Who looked", _looks(looks)),
    ]
    made = f"<p>Made {escape(show_time(export.at))}.</p>"
    head = f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
    return f"{head}<body><h1>{title}</h1>{made}{''.join(parts)}</body></html>\n"


def _section(title: str, told: Iterable[str]) -> Iterator[str]:
    parts = list(told)
    yield f"<h2>{escape(title)}</h2>"
    yield from parts or ["<p>Nothing here.</p>"]


def _why(reasons: Sequence[str]) -> str:
    return f'<p class="why">To be reviewed before it is given. {escape(" ".join(reasons))}</p>' if reasons else ""


def _line(line: Line) -> str:
    more = [part for part in (line.status, show_date(line.when) if line.when else "", *line.facts) if part]
    said = f"<p>{escape('; '.join(more))}</p>" if more else ""
    return f"<h3>{escape(line.section)}: {escape(line.title)}</h3>{_why(line.reasons)}{said}<p>From {escape(', '.join(line.sources))}.</p>"


def _record(one: Item) -> str:
    stands = "taken back by its source" if one.withdrawn else "stands now" if one.current else "earlier version"
    head = f"<h3>{escape(one.kind)} from {escape(one.source)}</h3><p>{escape(one.kind)}/{escape(one.id)}, version {one.version}, {stands}"
    return f"{head}, received {escape(show_time(one.at))}.</p>{_why(one.reasons)}{_listed(loads(one.body))}"


def _statement(one: Item) -> str:
    head = f"{one.kind[:1].upper()}{one.kind[1:]}"
    when = f"<p>{escape(show_time(one.at))}</p>" if one.at else ""
    return f"<h3>{escape(head)}</h3>{when}{_why(one.reasons)}{_listed(loads(one.body))}"


def _looks(looks: Sequence[Item]) -> Iterator[str]:
    if not looks:
        return
    yield "<table><thead><tr><th>When</th><th>Who</th><th>As</th><th>Of</th><th>For</th><th>What</th><th></th></tr></thead><tbody>"
    for one in looks:
        entry = seen(loads(one.body))
        became = "refused" if entry.refused else "changed" if entry.changed else ""
        cells = (show_time(one.at), entry.name, entry.role, entry.organisation, entry.purpose, entry.what, " ".join((became, *one.reasons)))
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    yield "</tbody></table>"


def _listed(told: Any) -> str:
    rows = "".join(f"<dt>{escape(' › '.join(path))}</dt><dd>{escape(value)}</dd>" for path, value in _leaves(told, ()))
    return f"<dl>{rows}</dl>" if rows else ""


def _leaves(told: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(told, dict):
        for name, part in told.items():
            if path or name not in _LEFT_OUT:
                yield from () if path == ("meta",) and name in _LEFT_OUT else _leaves(part, (*path, name))
    elif isinstance(told, list):
        for part in told:
            yield from _leaves(part, path)
    elif told not in (None, ""):
        yield path, "yes" if told is True else "no" if told is False else str(told)
