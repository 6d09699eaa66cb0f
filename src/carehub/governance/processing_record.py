"""The record of processing activities (UK GDPR Article 30(1)), in Markdown, worked out from what is in force: it can say nothing that carehub does not do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from carehub.careplan.sections import BY_KEY, HEADINGS
from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.governance.clauses import Clause
from carehub.governance.policy import POLICY_VERSION, Row

_UNTOLD = "not told"
_OUTSIDE = (
    "The controller, its representative and its data protection officer; joint controllers",
    "How long each class of data is kept is in the retention schedule; carehub deletes no message and no row of the audit trail by itself",
    "Where its machines are, and whether data leaves the United Kingdom",
    "Who is told by subscription of what happens: `carehub subscriptions list` names them",
    "The basis, purpose and retention of whoever receives data outside direct care: carehub has no store for that",
)


def processing_record(agreements: Agreements, policy: Collection[Row], *, day: str) -> str:
    """The record as it stands on a day, "YYYY-MM-DD" in London, in Markdown. It holds nothing of any person whose record is kept.

    agreements, policy: those in force. What only the organisations can tell is listed at the end, so that nobody reads its absence as an answer.
    """
    unlisted = "shown" if agreements.unlisted else "not shown"
    return "\n".join(
        (
            f"# Record of processing on {day}",
            "",
            f"Policy version {POLICY_VERSION}. A source that no agreement lists is {unlisted}.",
            "",
            _relationship(agreements),
            *_part("Purposes", ("Purpose of use", "Roles"), _purposes(policy)),
            *_part("Categories of personal data", ("Class", "PRSB headings"), ((one.title, ", ".join(one.prsb)) for one in HEADINGS)),
            *_part(
                "Sources and their agreements",
                ("Organisation", "Code", "Kind", "Connected", "Agreement", "From", "Until", "Version", "Legal basis"),
                (_source(one, day) for one in agreements.listed),
            ),
            *_part(
                "What is kept back by a clause",
                ("Organisation", "Clause", "Classes", "From whom", "From", "Until", "In force"),
                (_clause(one, clause, day) for one in agreements.listed for clause in one.clauses),
            ),
            *_part("Recipients", ("Role", "Purpose of use", "May", "Is not shown", "Sees what a source labelled"), map(_recipient, policy)),
            "",
            "## What this record does not hold",
            "",
            *(f"- {line}" for line in _OUTSIDE),
            "",
        )
    )


def _relationship(agreements: Agreements) -> str:
    if not agreements.relationship:
        return "Who reads for direct care is not asked for a relationship with the person."
    after = f"until {agreements.days_after} days after its end" if agreements.days_after else "until its end"
    return f"Who reads for direct care must stand in a relationship with the person, {after}; emergency access is the exception and is reviewed."


def _purposes(policy: Collection[Row]) -> Iterable[Sequence[str]]:
    for purpose in dict.fromkeys(row.purpose for row in policy):
        yield purpose, ", ".join(row.title for row in policy if row.purpose == purpose)


def _source(one: SharingAgreement, day: str) -> Sequence[str]:
    connected = "yes" if one.connected else "no"
    return one.name, one.code, one.kind.value, connected, _standing(one, day), *_span(one), one.version or _UNTOLD, one.basis or _UNTOLD


def _standing(one: SharingAgreement, day: str) -> str:
    if one.agreed is None:
        return "not asked"
    if not one.agreed:
        return "none"
    if one.in_force(day):
        return "in force"
    return "not begun" if day < one.begins else "over"


def _clause(one: SharingAgreement, clause: Clause, day: str) -> Sequence[str]:
    meant = (("roles", clause.roles), ("organisations", clause.organisations), ("purposes", clause.purposes))
    whom = "; ".join(f"{what} {', '.join(sorted(codes))}" for what, codes in meant if codes) or "everybody"
    return one.name, clause.id, _titles(clause.classes), whom, *_span(clause), "yes" if clause.in_force(day) else "no"


def _recipient(row: Row) -> Sequence[str]:
    may = ", ".join(sorted(action.replace("_", " ") for action in row.actions))
    closed = (_titles(row.masked_sections) or "nothing is closed") if "read_record" in row.actions else "the record itself"
    return row.title, row.purpose, may, closed, "yes" if row.restricted else "no"


def _span(one: SharingAgreement | Clause) -> tuple[str, str]:
    return one.begins or "open", one.ends or "open"


def _titles(keys: Iterable[str]) -> str:
    return ", ".join(BY_KEY[key].title for key in sorted(keys))


def _part(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """A heading and its table, or that there is none."""
    told = [_line(row) for row in rows]
    table = (_line(heads), _line(["---"] * len(heads)), *told) if told else ("None.",)
    return ("", f"## {title}", "", *table)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"
