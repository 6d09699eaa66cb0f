"""An export at work: person after person through the door out, into files. It may be killed at any moment; what is then begun again is not written twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import dumps, loads
from carehub.governance.decision import decide
from carehub.governance.export import Export, ExportStanding, Progress, Said, Size, State
from carehub.hub.disclose import Disclosing
from carehub.hub.export_said import said_of, told
from carehub.hub.reading import StoredBody
from carehub.hub.whole_record import Whole
from carehub.store.exporting import ExportFiles
from carehub.store.ports import Store
from carehub.terms.errors import CarehubError, Missing, Refused
from carehub.terms.moments import iso, sort_key

DELETED, ERRORS = "deleted.ndjson", "errors.ndjson"
"""Files that are no list of one type: Bundles of what was withdrawn, and OperationOutcomes of what is not in the export."""

_PAGE = "Group $export"
GoOn = Callable[[], bool]
Lines = Callable[[UnifiedCarePlan, Sequence[StoredBody]], Iterable[tuple[str, bytes]]]
"""What is written of a person: (type, exact JSON) of each resource."""
People = Callable[[Export], tuple[Sequence[str], Sequence[str]]]
"""Whose records an export holds, decided on for who asked, and a sentence for each reason why somebody may be missing. Raises Refused, StoreBusy."""


@dataclass(frozen=True, slots=True)
class RunExports:
    """The verb. keeps: so long files stay. alarm: told in words, without a name, when something needs a person."""

    store: Store
    disclosing: Disclosing
    files: ExportFiles
    people: People
    lines: Lines
    keeps: timedelta
    alarm: Callable[[str], None] = lambda words: None

    def waiting(self) -> list[str]:
        """Exports that are not done, the oldest first."""
        return [one.export.id for one in self.store.exports.all() if one.state == "waiting"]

    def work_on_next(self, go_on: GoOn) -> bool:
        """Work on what waits; whether more of it does. go_on: asked between persons. Raises StoreBusy."""
        more = False
        for export in self.waiting():
            more = not go_on() or self.work(export, go_on) or more
        return more

    def work(self, export: str, go_on: GoOn = lambda: True) -> bool:
        """Go on with one export; whether there is more to do. It is left to whoever is at it already. Raises StoreBusy: it can be gone on with."""
        held = self.store.exports.of(export)
        if held is None or held.state != "waiting":
            return False
        with self.files.alone(export) as mine:
            one = self.store.exports.of(export) if mine else None
            if one is None or one.state != "waiting":
                if mine and one is None:
                    self.files.remove(export)
                return False
            try:
                return self._go_on(one, go_on)
            except Refused:
                self._end(one, "failed", one.progress)
                self.files.remove(export)
                return False

    def tidy(self) -> int:
        """Take away what has had its time, what lost its files, and files of nothing that is known; how many exports went."""
        now, found = iso(self.disclosing.clock()), self.files.held()
        standing = {one.export.id: one for one in self.store.exports.all()}
        over = [id for id, one in standing.items() if one.until <= now or (one.state == "done" and not self.files.published(id))]
        for id in over:
            self.store.exports.forget(id)
        for id in {*over, *(id for id in found if id not in standing)}:
            self.files.remove(id)
        return len(over)

    def _go_on(self, one: ExportStanding, go_on: GoOn) -> bool:
        export, progress = one.export.id, one.progress
        if self.files.published(export):
            self.files.publish(export)
            self._end(one, "done", progress)
            return False
        if not (progress.begun and self.files.resume(export, progress.files)):
            self._allow(one)
            begun = self._begin(one)
            if begun is None:
                return self._gone(export)
            progress = begun
        while progress.done < progress.of:
            if not go_on():
                return True
            self._allow(one)
            next_one = self.store.exports.persons(export, progress.done, 1)
            moved = self._write(one.export, next_one[0], progress) if next_one else None
            if moved is None:
                return self._gone(export)
            progress = moved
        self._finish(one, progress)
        return False

    def _begin(self, one: ExportStanding) -> Progress | None:
        """From the first person on. What was received and is not yet read counts as not in it, so that whoever asks for what came since misses nothing."""
        log, now = self.store.log, iso(self.disclosing.clock())
        unread = log.read([head.id for head in log.heads(self.store.links.lane_position(), 1)]).values()
        begun = min([now, *(message.received_at for message in unread)], key=sort_key)
        persons, limits = self.people(one.export)
        said = [Said("API-015", f"{name} was left out.") for name in one.export.left_out]
        said += [Said("API-014", sentence) for sentence in limits]
        progress = Progress(begun, len(persons), said=tuple(said))
        self.files.clear(one.export.id)
        return progress if self.store.exports.begin(one.export.id, progress, persons) else None

    def _allow(self, one: ExportStanding) -> None:
        """Raises Refused, once that is written down, when policy does not let who asked export any more."""
        by = one.export.by
        if not decide(by, "export_caseload", "", self.disclosing.policy).permitted:
            self.disclosing.identity(by, "export_caseload", [], f"{_PAGE} {one.export.id}, at work", lambda: None)

    def _write(self, export: Export, person: str, progress: Progress) -> Progress | None:
        """One person's lines, then that they are written; None when the export is not there any more."""
        lines, said, patients = self._read(export, person)
        if already := self.store.exports.written(export.id, patients):
            # The same person under another id adds nothing; of one who was joined or parted meanwhile a part would be there twice.
            lines, said = {}, [] if len(already) == len(patients) else [Said("EXP-004", "")]
        self.files.add(export.id, lines)
        moved = progress.with_person({name: _size(held) for name, held in lines.items()}, said)
        return moved if self.store.exports.advance(export.id, moved, patients) else None

    def _read(self, export: Export, person: str) -> tuple[dict[str, list[bytes]], list[Said], list[str]]:
        """What is written of a person, by file; what is to be said of it; and of which patient records it is made. Raises StoreBusy."""
        types = None if not export.types or "Provenance" in export.types else export.types
        try:
            whole = self.disclosing.whole(export.by, person, _PAGE, types)
            plan = whole.value.plan
            lines = self._lines(export, whole.value)
            now, feeds = self.disclosing.clock(), self.disclosing.feeds
            said = said_of(whole, now, feeds.clocks(now) if feeds else None)
            return lines, said, [report.patient.removeprefix("Patient/") for report in plan.sources]
        except Refused:
            return {}, [Said("EXP-005", "")], []
        except Missing:
            return {}, [Said("EXP-006", "")], []
        except CarehubError:
            raise
        except Exception as error:  # one record that cannot be shown does not keep back everybody else's, and it is told
            self.alarm(f"export {export.id} left out a person: {type(error).__name__}")
            return {}, [Said("EXP-007", "")], []

    def _lines(self, export: Export, whole: Whole) -> dict[str, list[bytes]]:
        lines = defaultdict[str, list[bytes]](list)
        kept = [body for body in whole.bodies if not export.since or sort_key(body.last_updated) >= sort_key(export.since)]
        for type_, body in self.lines(whole.plan, kept):
            if not export.types or type_ in export.types:
                lines[f"{type_}.ndjson"].append(_one_line(body))
        gone = [ref for ref, at in whole.withdrawn if export.since and sort_key(at) >= sort_key(export.since)]
        if entries := [
            {"request": {"method": "DELETE", "url": ref}} for ref in gone if not export.types or ref.partition("/")[0] in export.types
        ]:
            lines[DELETED].append(dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
        return lines

    def _finish(self, one: ExportStanding, progress: Progress) -> None:
        export, whole = one.export.id, progress
        if progress.said and ERRORS not in progress.files:
            lines = [dumps(told(said)) for said in progress.said]
            self.files.add(export, {ERRORS: lines})
            whole = replace(progress, files={**progress.files, ERRORS: _size(lines)})
        # What its files hold is stored before they can be opened, so that whoever is killed in between need only say that it is done.
        if self.store.exports.advance(export, whole, []):
            self.files.publish(export)
            self._end(one, "done", whole)
        else:
            self._gone(export)

    def _end(self, one: ExportStanding, state: State, progress: Progress) -> None:
        until = iso(self.disclosing.clock() + self.keeps)
        if not self.store.exports.end(one.export.id, state, until, progress):
            self._gone(one.export.id)

    def _gone(self, export: str) -> bool:
        """It was cancelled meanwhile: nothing of it stays, and there is nothing more to do."""
        self.files.remove(export)
        return False


def _size(lines: Sequence[bytes]) -> Size:
    return Size(len(lines), sum(map(len, lines)) + len(lines))


def _one_line(body: bytes) -> bytes:
    return dumps(loads(body)) if b"\n" in body else body
