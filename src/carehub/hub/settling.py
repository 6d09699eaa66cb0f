"""How mapping one message ended, with what is kept of an earlier failure and of who put it right."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message, Verdict
from carehub.store.ports import Records
from carehub.store.stored import MapOutcome, QuarantinedPart
from carehub.terms.errors import StoreBusy
from carehub.terms.issue import Issue


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one message. mapped: None when it was rejected. issues: of the message. touched: other patients its closings changed."""

    mapped: Mapped | None
    issues: tuple[Issue, ...]
    quarantined: tuple[QuarantinedPart, ...] = ()
    kept: int = 0
    touched: tuple[str, ...] = ()


def reasons(outcome: MapOutcome) -> list[Issue]:
    """Everything that was wrong with a message or its parts, in order."""
    return [*outcome.issues, *(found for part in outcome.quarantined for found in part.issues)]


def numbers(outcome: MapOutcome) -> tuple[str, ...]:
    """The numbers of errors, or of all reasons when there is no error, sorted."""
    found = reasons(outcome)
    return tuple(sorted({i.number for i in found if i.severity in ("error", "fatal")} or {i.number for i in found}))


def alarms(messages: Iterable[str], records: Records) -> list[str]:
    """For whoever runs the hub, of messages whose adapter failed: which, and under what number each waits."""
    failed = list(messages)
    outcomes: dict[str, MapOutcome] = {}
    with suppress(StoreBusy):
        outcomes = records.outcomes(failed) if failed else {}
    why = {message: " ".join(numbers(outcome)) for message, outcome in outcomes.items()}
    return [f"adapter failed on message {message} ({why.get(message, 'MAP-012')})" for message in failed]


def outcome_of(message: Message, adapter: Adapter, told: Told, before: MapOutcome | None, now: str, by: str) -> MapOutcome:
    """The outcome to store. before: that of an earlier attempt. by: who asked for this one, for an entry that it closes."""
    mapped = told.mapped
    lost_entries = any(i.severity in ("error", "fatal") for i in told.issues)
    verdict: Verdict = "rejected" if mapped is None else "partly_quarantined" if told.quarantined or lost_entries else "accepted"
    made = MapOutcome(
        message=message.id,
        position=message.position,
        feed=message.feed,
        verdict=verdict,
        patient=mapped.patient.id if mapped and mapped.patient else "",
        source=mapped.source if mapped else None,
        kind=mapped.kind if mapped else "",
        recorded=mapped.recorded if mapped else "",
        told_at=(mapped.recorded if mapped else "") or message.received_at,
        received=message.received_at,
        sequence=mapped.sequence if mapped else "",
        snapshot=mapped.snapshot if mapped else False,
        issues=told.issues,
        quarantined=told.quarantined,
        merges=mapped.merges if mapped else (),
        records=told.kept,
        mapping_version=adapter.manifest.mapping_version,
        attempts=before.attempts + 1 if before else 1,
        at=now,
        touched=(*told.touched, mapped.moved_from.id) if mapped and mapped.moved_from else told.touched,
    )
    return _remembering(made, before, by) if before else made


def _remembering(made: MapOutcome, before: MapOutcome, by: str) -> MapOutcome:
    """With the first failure of the message, and its closing: while it is accepted, who closed it and when; open again when it is not."""
    failed_at, failed_with = before.failed_at, before.failed_with
    if not failed_at and before.verdict != "accepted":
        failed_at, failed_with = before.at, numbers(before)
    if made.verdict != "accepted":
        return made._replace(failed_at=failed_at, failed_with=failed_with)
    closed_at = before.closed_at or (made.at if failed_at else "")
    closed_by = before.closed_by or ((by or f"mapping version {made.mapping_version}") if failed_at else "")
    return made._replace(failed_at=failed_at, failed_with=failed_with, closed_at=closed_at, closed_by=closed_by)
