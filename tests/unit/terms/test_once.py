"""A property worked out once."""

from __future__ import annotations

from dataclasses import dataclass, field

from carehub.terms.once import once


@dataclass(frozen=True)
class _Holder:
    asked: list[str] = field(default_factory=list)

    @once
    def told(self) -> str:
        """What was asked for."""
        self.asked.append("told")
        return f"asked {len(self.asked)}"


def test_it_is_worked_out_when_first_asked_for_and_then_kept_for_each_holder() -> None:
    one, other = _Holder(), _Holder()
    assert one.asked == []
    assert (one.told, one.told, other.told) == ("asked 1", "asked 1", "asked 1")
    assert (one.asked, other.asked) == (["told"], ["told"])
    assert one == other


def test_of_the_class_it_is_the_property_itself() -> None:
    assert isinstance(_Holder.told, once)
    assert _Holder.told.__doc__ == "What was asked for."
