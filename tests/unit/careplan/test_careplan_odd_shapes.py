"""Records bent out of shape: assembly never raises, and what it cannot show it tells of (H-05, H-12)."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.careplan import gaps
from carehub.careplan.accounts import ARRANGING, read_view
from carehub.careplan.duplicates import same
from unit.careplan.told import GP, HOSPITAL, NOW, SECTIONS, doctor, plan, record, view
from unit.careplan.whole_records import WHOLE

ODD = st.sampled_from([None, "odd", "", 7, True, [], {}, ["odd"], [None], {"text": 5}, [[]], "#x", {"reference": "#x"}])


def places(value, path=()):
    """The path of every node inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def bent(value, path, odd):
    """A copy with one node replaced."""
    made = copy.deepcopy(value)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = odd
    return made


PLACES = [(number, path) for number, (_, elements) in enumerate(WHOLE) for path in places(elements)]


def told(number_bent=None, path=(), odd=None):
    made = [record(GP, type, str(n), bent(held, path, odd) if n == number_bent else held) for n, (type, held) in enumerate(WHOLE)]
    return view(GP, *made, doctor())


def unaccounted(one, made):
    shown = {a.record for s in made.sections for e in s.entries for a in e.attributions}
    in_gaps = sum(int(g.sentence.split()[0]) for g in made.gaps if "received that" in g.sentence)
    lists = sum(r.resource["resourceType"] in ARRANGING for r in one.records)
    return len(one.records) - len(shown) - made.sources[0].withdrawn - in_gaps - lists


def test_whole_records_are_all_shown():
    one = told()
    made = plan(one)
    assert unaccounted(one, made) == 0
    assert [g.code for g in made.gaps] == ["withheld"]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PLACES), ODD)
def test_a_record_bent_anywhere_never_breaks_the_plan_and_is_never_lost(place, odd):
    number, path = place
    one = told(number, path, odd)
    made = plan(one)
    assert unaccounted(one, made) == 0
    for key in SECTIONS:
        assert all(state.sentence for state in gaps.section_states(made, key, NOW))
    assert gaps.allergy_label(made, NOW)
    assert all(entry.title for section in made.sections for entry in section.entries)
    json.dumps([[fact.label, fact.value] for section in made.sections for entry in section.entries for fact in entry.facts])


def test_same_is_symmetric_and_never_joins_one_record_or_two_sections():
    _, drafts, _ = read_view(view(GP, *(r for r in told().records)))
    _, others, _ = read_view(view(HOSPITAL, *(record(HOSPITAL, type, f"h{n}", held) for n, (type, held) in enumerate(WHOLE))))
    joined = 0
    for a in (*drafts, *others):
        assert not same(a, a)
        for b in (*drafts, *others):
            assert same(a, b) == same(b, a)
            if same(a, b):
                joined += 1
                assert a.entry.section == b.entry.section
    assert joined > 0
