"""Every feed's adapter alone on one core: submissions split, messages read and mapped, nothing stored. `python adapters.py FEED ROUNDS` is the child.

Each feed is measured in a process of its own, so that its peak memory is its own. The baseline reads the same bytes with the standard library and
does nothing with them.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import feeds
from processes import resident
from rounds import rotated
from table import Row

from carehub.feeds.adapter import Adapter
from carehub.feeds.message import Message
from carehub.terms.errors import Rejected

HERE = Path(__file__).resolve()
ADAPTERS = HERE.parents[1] / "adapters"
TABLE_FLOOR = (20_000.0, 40_000.0)
_NUMBER = re.compile(rb"(?<!\d)999\d{7}(?!\d)")

# feed: what one of its messages is, whether it is a table (and so has a floor), and where its input comes from.
FEEDS = {
    "acute/hl7v2": ("messages", False, "generated"),
    "acute/edifact-pathology": ("messages", False, "cases"),
    "acute/itk3-documents": ("documents", False, "cases"),
    "community/csds": ("rows", False, "generated"),
    "community/end-of-life": ("documents", False, "cases"),
    "community/vaccinations": ("rows", True, "cases"),
    "gp/gp2gp": ("records", False, "cases"),
    "gp/structured-record": ("records", False, "generated"),
    "local_authority/client-level-data": ("rows", True, "generated"),
    "local_authority/support-plans": ("documents", False, "generated"),
    "voluntary/directory": ("organisations", False, "cases"),
    "voluntary/referrals": ("rows", True, "generated"),
}


def adapter_rows(rounds: int, quick: bool) -> list[Row]:
    """A row for each feed that is shipped, and its memory beside the rate."""
    rows = []
    for feed, (what, table, source) in FEEDS.items():
        size = (300 if quick else 2000) // (5 if what in ("documents", "records") else 1)
        run = subprocess.run(
            [sys.executable, str(HERE), feed, str(rounds), str(size)], capture_output=True, text=True, check=False, cwd=HERE.parent
        )
        name = f"{feed}: {what} parsed and mapped"
        if run.returncode:
            rows.append(Row(name, f"{what}/s", (), skipped=run.stderr.strip().rpartition("\n")[2][:200] or "failed"))
            continue
        found = json.loads(run.stdout)
        remark = (
            f"{found['messages']} different {what} ({source}), {found['records']:.1f} resources each, {found['bytes'] / found['messages']:,.0f} bytes each; "
            f"{found['refused']} refused; peak memory {found['peak']:,.0f} MB, of which {found['before']:,.0f} MB before the first"
        )
        rows.append(
            Row(
                name,
                f"{what}/s",
                found["ours"],
                "standard library reads them",
                found["least"],
                limits=TABLE_FLOOR if table else None,
                on_ratio=False,
                remark=remark,
                extra={"peak_mb": found["peak"], "before_mb": found["before"], "records": found["records"], "refused": found["refused"]},
            )
        )
    return rows


# ---- in the child ----


def measure(feed: str, rounds: int, size: int) -> dict[str, object]:
    """Rates of a feed round by round, ours and the least, and memory in MB. size: about how many messages."""
    from carehub.wiring.heap import seldom_collected
    from carehub.wiring.loading import load_adapters

    seldom_collected()  # as every carehub process does
    sys.path.insert(0, str(HERE.parents[1]))
    adapter = load_adapters().adapter(feed)
    given = list(_cases(adapter, feed, size) if FEEDS[feed][2] == "cases" else _generated(feed, size))
    before = resident(os.getpid(), peak=True)  # what getrusage says begins with the parent's
    records, refused, messages = _mapped(adapter, feed, given)
    if refused:
        raise SystemExit(f"{refused} of the bench's own messages were refused, and refusing is fast")
    least = _least(given)
    found = rotated({"ours": _on_one_core(messages, lambda: _mapped(adapter, feed, given)), "least": _on_one_core(messages, least)}, rounds)
    return {
        **found,
        "messages": messages,
        "records": records / max(1, messages - refused),
        "refused": refused,
        "bytes": sum(map(len, given)),
        "before": before,
        "peak": resident(os.getpid(), peak=True),
    }


def _on_one_core(count: int, work: Callable[[], object]) -> Callable[[], float]:
    """A contender that does `work` and returns `count` a second of processor time: others at work on the machine do not count."""

    def run() -> float:
        began = time.process_time()
        work()
        return count / (time.process_time() - began)

    return run


def _mapped(adapter: Adapter, feed: str, given: Sequence[bytes]) -> tuple[int, int, int]:
    """Records, refused messages and messages of these submissions."""
    records = refused = count = 0
    for body in given:
        # A case that is no table is one message already.
        for part in (body,) if FEEDS[feed] == (FEEDS[feed][0], False, "cases") else adapter.split(body):
            count += 1
            try:
                records += len(adapter.map_message(Message(str(count), count, "s", 0, feed, "2026-11-22T06:10:00.000Z", part)).records)
            except Rejected:
                refused += 1
    return records, refused, count


def _generated(feed: str, size: int) -> Iterator[bytes]:
    from fixtures.generators import cld, csds, referrals, support_plans

    if feed == "acute/hl7v2":
        yield from feeds.adt_messages(size, size // 4)
    elif feed == "gp/structured-record":
        yield from feeds.gp_records(max(40, size // 50))
    else:
        makers = {
            "community/csds": (csds.generate, 30),
            "local_authority/client-level-data": (cld.generate, 6),
            "local_authority/support-plans": (support_plans.generate, 3),
            "voluntary/referrals": (referrals.generate, 2),
        }
        make, each = makers[feed]
        yield from (handed.body for handed in make(1, persons=max(8, 2 * size // each)).submissions)


def _cases(adapter: Adapter, feed: str, size: int) -> Iterator[bytes]:
    """Messages of the adapter's accepted cases, again and again with other NHS numbers; a table's rows together in one submission."""
    from carehub.kit.cases import read_folder

    bodies = [
        case.message.body for case in read_folder(ADAPTERS / adapter.manifest.name).cases if case.message.feed == feed and not case.rejected
    ]
    if not bodies:
        raise SystemExit(f"{feed} has no cases")
    numbers = [number.encode() for number in feeds.nhs_numbers(size + 50)]
    copies = [_of_others(bodies[n % len(bodies)], numbers[n : n + 50]) for n in range(size)]
    if not FEEDS[feed][1]:
        yield from copies
        return
    tables: dict[bytes, list[bytes]] = {}
    for n, body in enumerate(copies):
        if not body.startswith((b"{", b"[")):
            head, _, rest = body.partition(b"\n")
            tables.setdefault(head, []).append(_under_another_id(head, rest.strip(b"\r\n"), n) + b"\r\n")
    yield from (head + b"\n" + b"".join(rows) for head, rows in tables.items())


def _of_others(body: bytes, numbers: Sequence[bytes]) -> bytes:
    """The same message about other people: each number by one of its own, the same one everywhere."""
    known: dict[bytes, bytes] = {}
    return _NUMBER.sub(lambda found: known.setdefault(found[0], numbers[len(known) % len(numbers)]), body)


def _under_another_id(head: bytes, row: bytes, n: int) -> bytes:
    """The row with an id of its own: the same id for somebody else would be a clash."""
    names, cells = head.upper().split(b"|"), row.split(b"|")
    if b"UNIQUE_ID" in names and len(cells) == len(names):
        cells[names.index(b"UNIQUE_ID")] = b'"%08d"' % n  # quoted, as the cases and senders write it
    return b"|".join(cells)


def _least(given: Sequence[bytes]) -> Callable[[], object]:
    """What reads these bytes with the standard library: JSON, XML, segments, or cells of lines."""
    return lambda: [_read(body) for body in given]


def _read(body: bytes) -> object:
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return json.loads(body)
    if start == b"<":
        return ElementTree.fromstring(body)
    if body.startswith((b"MSH", b"UN")):
        return [segment.split("|") for segment in body.decode("latin-1").replace("'", "\r").split("\r")]
    return list(csv.reader(body.decode("utf-8-sig", "replace").splitlines()))


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
