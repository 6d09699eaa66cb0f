"""A value that is quickly made is the value that a plain frozen dataclass makes, in every way that anybody can see."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, astuple, dataclass, field, fields, make_dataclass, replace

import pytest

from carehub.careplan.plan import Entry, Fact, SourceRecord
from carehub.fhir.canonical import dumps, restore
from carehub.store.stored import StoredRecord
from carehub.terms.attribution import Attribution
from carehub.terms.quickly_made import quickly_made


@dataclass(frozen=True, slots=True)
class Plain:
    label: str
    number: int = 7
    seen: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("below nought")


@quickly_made
@dataclass(frozen=True, slots=True)
class Quick:
    label: str
    number: int = 7
    seen: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("below nought")


def test_it_is_made_compared_shown_copied_and_written_as_the_plain_one() -> None:
    for given, named in ((("a",), {}), (("a", 3), {}), (("a",), {"seen": 9, "number": 4})):
        quick, plain = Quick(*given, **named), Plain(*given, **named)  # type: ignore[arg-type]
        assert type(quick) is Quick
        assert astuple(quick) == astuple(plain)
        assert repr(quick) == repr(plain).replace("Plain", "Quick")
        assert dumps(quick) == dumps(plain)
        assert quick == pickle.loads(pickle.dumps(quick)) == copy.deepcopy(quick) == restore(dumps(quick), Quick)
        assert {quick, replace(quick, seen=5)} == {quick}
        assert replace(quick, label="b") != quick
    assert inspect.signature(Quick) == inspect.signature(Plain)


@pytest.mark.parametrize("made", [Quick("a"), replace(Quick("a"), number=2), restore(b'{"label":"a"}', Quick)])
def test_nobody_can_change_it(made: Quick) -> None:
    with pytest.raises(FrozenInstanceError):
        made.label = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.label
    with pytest.raises((AttributeError, TypeError)):
        made.other = "b"  # type: ignore[attr-defined]


def test_what_the_plain_one_refuses_it_refuses() -> None:
    for wrong, named in (((), {}), (("a", 1, 2, 3), {}), (("a",), {"other": 1})):
        for kind in (Quick, Plain):
            with pytest.raises(TypeError):
                kind(*wrong, **named)
    with pytest.raises(ValueError, match="below nought"):
        Quick("a", -1)
    with pytest.raises(TypeError, match="not given"):
        quickly_made(make_dataclass("Listed", [("a", list, field(default_factory=list))], frozen=True, slots=True))


@pytest.mark.parametrize("kind", [Attribution, SourceRecord, Fact, Entry, StoredRecord])
def test_each_field_gets_its_own_value(kind: type) -> None:
    names = [one.name for one in fields(kind)]
    made = kind(*[(name,) for name in names])
    assert [getattr(made, name) for name in names] == [(name,) for name in names]
    assert made == kind(**{name: (name,) for name in reversed(names)})
