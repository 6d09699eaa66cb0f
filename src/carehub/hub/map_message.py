"""Messages to source records, or dead letters: adapter, then check, then one transaction for the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from carehub.feeds.adapter import Adapter
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import VERDICTS, Message
from carehub.hub.own_feed import DISPOSED
from carehub.hub.retelling import Retelling
from carehub.hub.settling import Told, outcome_of
from carehub.hub.trying import UNCOUNTED, TookTooLong, Trying, settled
from carehub.store.ports import MessageLog, Records
from carehub.store.stored import MapOutcome, MappingBatch, Revisit
from carehub.terms.ahead import ahead
from carehub.terms.errors import CarehubError, Overtaken, Rejected
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_ATTEMPTS = 5
_Result = tuple[Message, Adapter, Mapped | tuple[Issue, ...]]


@dataclass(slots=True)
class MapReport:
    """Outcomes of this call in log order, and the ids of messages whose adapter failed in an unforeseen way (a bug, for the alarm).

    waiting: closing messages put off because other messages of their submission have no outcome yet; the sweep comes back to them.
    """

    outcomes: list[MapOutcome] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def map_messages(
    ids: Iterable[str],
    *,
    log: MessageLog,
    records: Records,
    catalogue: Catalogue,
    now: str,
    again: bool = False,
    by: str = "",
    first: Callable[[Sequence[Message]], None] = lambda due: None,
    trying: Trying = UNCOUNTED,
    on_purpose: bool = False,
) -> MapReport:
    """Map messages by id, each at its adapter's current version. now: ISO UTC. by: who asks for it, when that is not the hub itself. first: called
    with the messages that are to be mapped, before anything is written. trying: what is known of messages that ended a process (hub.trying).
    on_purpose: map also what is to blame for that.

    A message already mapped at that version is left alone unless `again`. One bad resource is quarantined and its neighbours are stored; a
    message that cannot be used at all is rejected with its reason. Raises StoreBusy, and Overtaken after five tries; then nothing of the
    batch was written, unless a bug in it, or an ended process, made each message be written alone.
    """
    report = MapReport()
    messages = sorted(log.read(ids).values(), key=lambda m: m.position)
    before = records.outcomes([m.id for m in messages])
    due = [m for m in messages if again or not settled(before.get(m.id), catalogue.adapter(m.feed).manifest.mapping_version)]
    if not due:
        return report
    first(due)
    chosen = trying.chosen(due, catalogue, on_purpose=on_purpose)
    step = _Step(records, catalogue, before, now, by, report, trying)
    step.write([_blamed(message, catalogue, step) for message in chosen.blamed])
    if chosen.together:
        with trying.in_hand(chosen.together):
            _map_list(chosen.together, log, step)
    for message in chosen.alone:
        with trying.in_hand([message], suspected=True):
            _map_list([message], log, step)
    report.outcomes.sort(key=lambda o: o.position)
    return report


def _map_list(due: Sequence[Message], log: MessageLog, step: _Step) -> None:
    """Map and write; those last that close their submission."""
    mapped = [(m, step.catalogue.adapter(m.feed), _map(m, step.catalogue, step.report, step.trying)) for m in due]
    closing = [one for one in mapped if _closes_submission(one)]
    step.write([one for one in mapped if not _closes_submission(one)])
    step.write([ready for one in closing if (ready := _ready(one, log, step.records, step.report))])


def _blamed(message: Message, catalogue: Catalogue, step: _Step) -> _Result:
    """As it waits: unread. An alarm when it was not known."""
    adapter = catalogue.adapter(message.feed)
    if not settled(step.before.get(message.id), adapter.manifest.mapping_version):
        step.report.bugs.append(message.id)
    return message, adapter, (issue("MAP-025"),)


def would_become(
    ids: Iterable[str], *, log: MessageLog, records: Records, catalogue: Catalogue, now: str, trying: Trying = UNCOUNTED
) -> list[tuple[MapOutcome, Mapped | None]]:
    """How mapping these messages again would end, each by itself, in log order, with what its adapter makes of it. Nothing is written. now: ISO UTC.
    One that ended processes (trying) is not mapped: this process would end too."""
    report = MapReport()
    messages = sorted(log.read(ids).values(), key=lambda m: m.position)
    step = _Step(records, catalogue, records.outcomes([m.id for m in messages]), now, "", report, trying)
    blamed = trying.blamed(messages, catalogue)
    found = []
    for message in messages:
        result = (issue("MAP-025"),) if message.id in blamed else _map(message, catalogue, report, trying)
        outcomes, _ = step.worked_out([(message, catalogue.adapter(message.feed), result)])
        found.append((outcomes[0], result if isinstance(result, Mapped) else None))
    return found


@dataclass(frozen=True, slots=True)
class _Step:
    """Writing mapped messages. before: the outcomes of earlier attempts."""

    records: Records
    catalogue: Catalogue
    before: dict[str, MapOutcome]
    now: str
    by: str
    report: MapReport
    trying: Trying

    def write(self, mapped: Sequence[_Result]) -> None:
        if not mapped:
            return
        try:
            self.report.outcomes += self._written(mapped)
        except CarehubError:
            raise
        except (
            Exception
        ):  # a bug beyond map_message itself, in revise say: found by writing each alone, so that it costs nobody else theirs
            for one in mapped:
                self.report.outcomes += self._written_alone(one)

    def _written(self, mapped: Sequence[_Result]) -> list[MapOutcome]:
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._apply(mapped)
            except Overtaken:  # another worker told one of these records meanwhile: work it out again from what stands now
                pass
        return self._apply(mapped)

    def _written_alone(self, one: _Result) -> list[MapOutcome]:
        """One message as it was mapped, or when even that fails as a message that waits under MAP-012."""
        try:
            return self._written([one])
        except CarehubError:
            raise
        except Exception:
            message, adapter, _ = one
            self.report.bugs.append(message.id)
            return self._written([(message, adapter, (issue("MAP-012"),))])

    def _apply(self, mapped: Sequence[_Result]) -> list[MapOutcome]:
        outcomes, batch = self.worked_out(mapped)
        self.records.apply(batch)
        return outcomes

    def worked_out(self, mapped: Sequence[_Result]) -> tuple[list[MapOutcome], MappingBatch]:
        """What is to be written. Only read here."""
        told_before = [self.before[message.id] for message, _, _ in mapped if message.id in self.before]
        retelling = Retelling(self.records, self.catalogue, [outcome.message for outcome in told_before])
        retelling.load([(message, result) for message, _, result in mapped if isinstance(result, Mapped)])
        outcomes = []
        for message, adapter, result in mapped:
            with self.trying.limit():  # an adapter says how its own tellings are folded into one
                told = _tell(message, adapter, result, retelling)
            outcomes.append(outcome_of(message, adapter, told, self.before.get(message.id), self.now, self.by))
        revisits = [Revisit(o.message, o.position, patient) for o in told_before for patient in o.patients or [""]]
        batch: MappingBatch = retelling.batch(outcomes)
        return outcomes, replace(batch, revisits=tuple(revisits)) if revisits else batch


def _map(message: Message, catalogue: Catalogue, report: MapReport, trying: Trying) -> Mapped | tuple[Issue, ...]:
    if message.disposed:
        return DISPOSED
    try:
        # The catalogue's adapters are as the site has them (feeds.overlay), so nothing here knows of a site's own data.
        with trying.limit():
            return catalogue.adapter(message.feed).map_message(message)
    except Rejected as error:
        return error.issues
    except (TookTooLong, MemoryError):
        report.bugs.append(message.id)
        return (issue("MAP-026"),)
    except (
        Exception,
        SystemExit,
    ):  # an adapter's bug must not stop the feed; the message waits under MAP-012 and the caller raises the alarm
        report.bugs.append(message.id)
        return (issue("MAP-012"),)


def _closes_submission(one: _Result) -> bool:
    return isinstance(one[2], Mapped) and one[2].closes_submission and bool(one[2].closes)


def _ready(one: _Result, log: MessageLog, records: Records, report: MapReport) -> _Result | None:
    """A closing message once every other message of its submission has an outcome, with how many of them could not be read."""
    message, adapter, mapped = one
    receipt = log.receipt(message.submission)
    others = len(receipt.messages) - 1 if receipt else 0
    first = message.position - message.part
    counts: Counter[str] = Counter({verdict: records.how_many(verdict, first, first + others) for verdict in VERDICTS})
    counts.subtract(records.verdicts([message.id]).values())
    if sum(counts.values()) < others:
        report.waiting.append(message.id)
        return None
    unread = counts["rejected"]
    if unread and isinstance(mapped, Mapped):
        mapped = replace(mapped, issues=(*mapped.issues, issue("MAP-019", count=unread)))
    return message, adapter, mapped


def _tell(message: Message, adapter: Adapter, result: Mapped | tuple[Issue, ...], retelling: Retelling) -> Told:
    if not isinstance(result, Mapped):
        return Told(None, result)
    told_at = result.recorded or message.received_at
    if ahead(result.recorded, message.received_at):
        result = replace(result, issues=(*result.issues, issue("MAP-027")))
    kept, quarantined = retelling.tell(message, adapter, result, told_at)
    if not kept and quarantined:
        return Told(None, tuple(i for part in quarantined for i in part.issues))
    if not result.closes:
        return Told(result, result.issues, quarantined, kept)
    if not result.closes_submission and any(i.severity in ("error", "fatal") for i in result.issues):
        # What could not be read may be any of what seems to be left out.
        return Told(result, (*result.issues, issue("MAP-020")), quarantined, kept)
    return Told(result, result.issues, quarantined, kept, retelling.close(message, adapter, result, told_at))
