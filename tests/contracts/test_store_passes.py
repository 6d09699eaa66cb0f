"""The store's contract: what is good for a short time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from carehub.store.ports import Store
from contracts.stores import AT

SOON, LATER = "2026-11-22T06:11:00.000Z", "2026-11-22T07:00:00.000Z"


def test_it_is_found_until_it_runs_out_and_taken_once(store: Store) -> None:
    assert store.passes.keep("code", "a", b"said", SOON, "", AT)
    assert store.passes.find("code", "a", AT) == (b"said", SOON)
    assert store.passes.find("token", "a", AT) is None
    assert store.passes.find("code", "a", SOON) is None
    assert store.passes.take("code", "a", AT) == b"said"
    assert store.passes.take("code", "a", AT) is None
    assert store.passes.keep("code", "b", b"said", SOON, "", AT)
    assert store.passes.take("code", "b", LATER) is None


def test_one_of_many_that_keep_the_same_key_is_told_so(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: store.passes.keep("jti", "a", b"%d" % n, SOON, "", AT), range(16)))
    assert told.count(True) == 1
    assert store.passes.find("jti", "a", AT) == (b"%d" % told.index(True), SOON)
    # What has run out is dropped by the next one kept, and its key is free.
    assert store.passes.keep("jti", "a", b"again", LATER, "", SOON)


def test_it_is_renewed_and_ends_by_key_and_by_owner(store: Store) -> None:
    for key, owner in (("a", "s"), ("b", "s"), ("c", ""), ("d", "")):
        store.passes.keep("token", key, b"", SOON, owner, AT)
    store.passes.renew("token", "a", LATER)
    store.passes.renew("token", "gone", LATER)
    assert store.passes.find("token", "a", SOON) == (b"", LATER)
    store.passes.end(key="c")
    assert [store.passes.find("token", key, AT) is not None for key in "abcd"] == [True, True, False, True]
    store.passes.end(owner="s")
    assert [store.passes.find("token", key, AT) is not None for key in "abcd"] == [False, False, False, True]
    store.passes.end()
    store.records.clear()
    assert store.passes.find("token", "d", AT) == (b"", SOON)
