"""Messages to source records, or dead letters: adapter, then check, then one transaction for the batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from carehub.feeds.adapter import Adapter
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message, Verdict
from carehub.hub.retelling import Retelling
from carehub.store.ports import MessageLog, Records
from carehub.store.stored import MapOutcome, MappingBatch, QuarantinedPart
from carehub.terms.errors import CarehubError, Overtaken, Rejected
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_ATTEMPTS = 5
_Result = tuple[Message, Adapter, Mapped | tuple[Issue, ...]]


@dataclass(slots=True)
class MapReport:
    """Outcomes of this call in log order, and the ids of messages whose adapter failed in an unforeseen way (a bug, for the alarm)."""

    outcomes: list[MapOutcome] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)


def map_messages(
    ids: Iterable[str], *, log: MessageLog, records: Records, catalogue: Catalogue, now: str, again: bool = False
) -> MapReport:
    """Map messages by id, each at its adapter's current version. now: ISO UTC.

    A message already mapped at that version is left alone unless `again`. One bad resource is quarantined and its neighbours are stored; a
    message that cannot be used at all is rejected with its reason. Raises StoreBusy, and Overtaken after five tries; then nothing of the
    batch was written, unless a bug in it made each message be written alone.
    """
    report = MapReport()
    messages = sorted(log.read(ids).values(), key=lambda m: m.position)
    before = records.outcomes([m.id for m in messages])
    due = [m for m in messages if again or not _settled(before.get(m.id), catalogue.adapter(m.feed))]
    if not due:
        return report
    mapped: list[_Result] = [(m, catalogue.adapter(m.feed), _map(m, catalogue.adapter(m.feed), report)) for m in due]
    try:
        _write(mapped, before, records, catalogue, now, report)
    except CarehubError:
        raise
    except Exception:  # a bug beyond map_message itself, in revise say: found by writing each alone, so that it costs nobody else theirs
        outcomes: list[MapOutcome] = []
        for one in mapped:
            _write_alone(one, before, records, catalogue, now, report)
            outcomes += report.outcomes
        report.outcomes = outcomes
    return report


def _write(
    mapped: Sequence[_Result], before: dict[str, MapOutcome], records: Records, catalogue: Catalogue, now: str, report: MapReport
) -> None:
    for attempt in range(_ATTEMPTS):
        report.outcomes = []
        try:
            records.apply(_batch(mapped, before, records, catalogue, now, report))
            return
        except Overtaken:  # another worker told one of these records meanwhile: work it out again from what stands now
            if attempt + 1 == _ATTEMPTS:
                raise


def _write_alone(one: _Result, before: dict[str, MapOutcome], records: Records, catalogue: Catalogue, now: str, report: MapReport) -> None:
    """One message as it was mapped, or when even that fails as a message that waits under MAP-012."""
    try:
        _write([one], before, records, catalogue, now, report)
    except CarehubError:
        raise
    except Exception:
        message, adapter, _ = one
        report.bugs.append(message.id)
        _write([(message, adapter, (issue("MAP-012"),))], before, records, catalogue, now, report)


def _batch(
    mapped: Sequence[_Result], before: dict[str, MapOutcome], records: Records, catalogue: Catalogue, now: str, report: MapReport
) -> MappingBatch:
    retelling = Retelling(records, catalogue, [message.id for message, _, _ in mapped if message.id in before])
    retelling.load(record.ref.id for _, _, result in mapped if isinstance(result, Mapped) for record in result.records)
    for message, adapter, result in mapped:
        attempts = before[message.id].attempts + 1 if message.id in before else 1
        report.outcomes.append(_tell(message, adapter, result, retelling, now, attempts))
    return retelling.batch(report.outcomes)


def _settled(outcome: MapOutcome | None, adapter: Adapter) -> bool:
    return outcome is not None and outcome.mapping_version == adapter.manifest.mapping_version


def _map(message: Message, adapter: Adapter, report: MapReport) -> Mapped | tuple[Issue, ...]:
    try:
        return adapter.map_message(message)
    except Rejected as error:
        return error.issues
    except Exception:  # an adapter's bug must not stop the feed; the message waits under MAP-012 and the caller raises the alarm
        report.bugs.append(message.id)
        return (issue("MAP-012"),)


def _tell(
    message: Message, adapter: Adapter, result: Mapped | tuple[Issue, ...], retelling: Retelling, now: str, attempts: int
) -> MapOutcome:
    if not isinstance(result, Mapped):
        return _outcome(message, adapter, None, result, (), 0, now, attempts)
    told_at = result.recorded or message.received_at
    kept, quarantined = retelling.tell(message, adapter, result, told_at)
    if not kept and quarantined:
        return _outcome(message, adapter, None, tuple(i for part in quarantined for i in part.issues), (), 0, now, attempts)
    return _outcome(message, adapter, result, result.issues, quarantined, kept, now, attempts)


def _outcome(
    message: Message,
    adapter: Adapter,
    result: Mapped | None,
    issues: tuple[Issue, ...],
    quarantined: tuple[QuarantinedPart, ...],
    kept: int,
    now: str,
    attempts: int,
) -> MapOutcome:
    lost_entries = any(i.severity in ("error", "fatal") for i in issues)
    verdict: Verdict = "rejected" if result is None else "partly_quarantined" if quarantined or lost_entries else "accepted"
    return MapOutcome(
        message=message.id,
        position=message.position,
        feed=message.feed,
        verdict=verdict,
        patient=result.patient.id if result and result.patient else "",
        source=result.source if result else None,
        kind=result.kind if result else "",
        recorded=result.recorded if result else "",
        told_at=(result.recorded if result else "") or message.received_at,
        received=message.received_at,
        sequence=result.sequence if result else "",
        snapshot=result.snapshot if result else False,
        issues=issues,
        quarantined=quarantined,
        merges=result.merges if result else (),
        records=kept,
        mapping_version=adapter.manifest.mapping_version,
        attempts=attempts,
        at=now,
    )
