"""What Patient resources said at earlier places of the log, for messages whose patient has been told of again since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.mapped import Change
from carehub.feeds.revision import Revise, State, fold
from carehub.identity import demographics
from carehub.store.ports import Records
from carehub.store.stored import Brief, MapOutcome, Telling

Said = Mapping[str, tuple[Brief, demographics.Demographics]]
"""How Patient records stand now, with what they say now."""

# Few, because a hospital may have spoken of each a thousand times.
_READ_TOGETHER = 16


class _Word(NamedTuple):
    message: str
    sha: str
    change: Change
    clears: tuple[str, ...]
    told_at: str


class _Folded(NamedTuple):
    """What these tellings came to: what a fold depends on of each, in order."""

    told: list[_Word]
    state: State | None
    revise: Revise


# By Patient record. The lane asks for one place after the other, and each time nearly all was folded before: without this, messages about
# somebody would cost the more the more there are.
_FOLDED: dict[str, _Folded] = {}
_MOST_FOLDED = 512


class Earlier:
    """What was said of the patients of these messages as the log had it at each message's place."""

    def __init__(self, ready: Sequence[MapOutcome], said: Said, records: Records, catalogue: Catalogue) -> None:
        self._records = records
        self._catalogue = catalogue
        self._told: dict[tuple[str, int], demographics.Demographics | None] = {}
        asked: dict[str, list[int]] = {}
        for outcome in ready:
            for patient in outcome.patients:
                if patient in said and said[patient][0].last_position > outcome.position:
                    asked.setdefault(patient, []).append(outcome.position)
        self._read(asked, said)

    def __call__(self, patient: str, position: int, said: Said) -> demographics.Demographics | None:
        """What the record said at this place; None before it was told of."""
        if (patient, position) not in self._told:
            self._read({patient: [position]}, said)
        return self._told[patient, position]

    def _read(self, asked: Mapping[str, Sequence[int]], said: Said) -> None:
        patients = list(asked)
        for n in range(0, len(patients), _READ_TOGETHER):
            some = patients[n : n + _READ_TOGETHER]
            tellings = self._records.tellings(some)
            for patient in some:
                for position in asked[patient]:
                    until = [t for t in tellings.get(patient, ()) if t.position <= position]
                    self._told[patient, position] = self._as_told(patient, until, *said[patient])

    def _as_told(
        self, patient: str, until: Sequence[Telling], now: Brief, read: demographics.Demographics
    ) -> demographics.Demographics | None:
        if until and until[-1].change == "snapshot" and until[-1].sha == now.content:
            return read
        state = _state(patient, until, self._catalogue.adapter(now.feed).revise)
        return demographics.read(state.resource, kind=now.source.kind.value, source=now.source.code) if state else None


def _state(patient: str, until: Sequence[Telling], revise: Revise) -> State | None:
    """The fold of these tellings, going on from the last one of this record where that was of the first of them."""
    told = [_Word(t.message, t.sha, t.change, t.clears, t.told_at) for t in until]
    before = _FOLDED.get(patient)
    if before is None or before.revise != revise or before.told != told[: len(before.told)]:
        before = _Folded([], None, revise)
    state = fold(until[len(before.told) :], revise, before.state, before.told[-1].sha if before.told else "")
    if len(_FOLDED) >= _MOST_FOLDED:
        _FOLDED.clear()
    _FOLDED[patient] = _Folded(told, state, revise)
    return state
