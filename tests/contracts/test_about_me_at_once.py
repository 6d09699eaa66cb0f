"""UI-51, over every store: of those who save one About Me at the same instant one is kept, and every other reads it beside their own words."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from carehub.hub.write_about_me import WriteAboutMe, versions
from carehub.store.ports import Store
from doors.web.conftest import desk_client, token_of
from doors.web.markup import Page
from hub.toy_hub import NURSE, ada, submit, toy_hub

AT_ONCE = 3


def test_ui_51_of_several_who_save_at_once_one_is_kept_and_nobody_loses_a_word(store: Store) -> None:
    hub = toy_hub(store=store)  # type: ignore[arg-type]
    submit(hub, ada(), ada("acute", "A1", kind="acute"))
    hub.drain()
    [person] = store.links.persons()
    address, start = f"/people/{person}/about-me/write", Barrier(AT_ONCE)
    browsers = [desk_client(hub, (NURSE,), NURSE) for _ in range(AT_ONCE)]
    forms = [token_of(one.get(address).text) for one in browsers]

    def save(n: int, seen: int = 0):
        start.wait()
        return browsers[n].post(address, data={"form_token": forms[n], "seen": str(seen), "important": f"Words of writer {n}."})

    for seen in (0, 1):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda n, seen=seen: save(n, seen), range(AT_ONCE)))
        assert Counter(one.status_code for one in answers) == {303: 1, 409: AT_ONCE - 1}
        told = versions(hub.disclosing.person_record(NURSE, person, "about_me").value.plan)
        assert len(told) == seen + 1
        [first] = [n for n, answer in enumerate(answers) if answer.status_code == 303]
        for n, answer in enumerate(answers):
            assert n == first or f">Words of writer {n}.</textarea>" in answer.text
            assert n == first or f"Words of writer {first}." in Page(answer.text).text

    def add(n: int) -> None:
        start.wait()
        WriteAboutMe(hub).write(NURSE, person, {"important": f"Added by {n}."})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(add, range(AT_ONCE)))
    told = versions(hub.disclosing.person_record(NURSE, person, "about_me").value.plan)
    assert {one.fact("What is important to me") for one in told} >= {f"Added by {n}." for n in range(AT_ONCE)}
    rebuilt = hub.rebuild()
    assert rebuilt.before == rebuilt.after
