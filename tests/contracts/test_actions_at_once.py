"""Over every store: who enters or changes an action at the same time as 63 others makes one version, and a rebuild has the same plan."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from carehub.hub.team_actions import TeamActions
from carehub.store.ports import Store
from carehub.terms.errors import Overtaken
from hub.test_team_actions import WANTED
from hub.toy_hub import NURSE, ada, submit, toy_hub

AT_ONCE = 64


def test_64_at_once_enter_one_action_and_make_one_change(store: Store) -> None:
    hub = toy_hub(store=store)  # type: ignore[arg-type]
    submit(hub, ada(), ada("acute", "A1", kind="acute"))
    hub.drain()
    verbs, person = TeamActions(hub), store.links.persons()[0]

    def enter(n: int) -> tuple[str, bool]:
        kept = verbs.enter(NURSE, person, replace(WANTED, holder=f"Sam Webb {n}"), "https://x.example|1", unless_there=True)
        return kept.task.id, kept.entered

    with ThreadPoolExecutor(AT_ONCE) as pool:
        entered = list(pool.map(enter, range(AT_ONCE)))
    assert len({task for task, _ in entered}) == 1
    assert Counter(first for _, first in entered) == {False: AT_ONCE - 1, True: 1}
    task = entered[0][0]
    _, action = verbs.one(NURSE, task)

    def change(n: int) -> str:
        try:
            verbs.change(NURSE, task, replace(action.wanted, status="accepted"), f"By {n}", 1)
        except Overtaken as error:
            return error.issues[0].number
        return "made"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = Counter(pool.map(change, range(AT_ONCE)))
    assert made == {"made": 1, "ACT-003": AT_ONCE - 1}
    hub.drain()
    rebuilt = hub.rebuild()
    assert rebuilt.before == rebuilt.after
    assert verbs.one(NURSE, task)[1].version == 2
