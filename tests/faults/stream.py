"""A stream of invented hospital messages, and what an undisturbed hub makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.message import Submission
from carehub.governance.policy import TABLE
from carehub.hub.disclose import Disclosing
from carehub.hub.hub import Hub
from carehub.store.memory import MemoryStore
from carehub.store.ports import Store
from carehub.wiring.bootstrap import clock
from carehub.wiring.loading import load_adapters
from faults.sizes import size

FEED = "acute/hl7v2"
_FAMILIES = ("Okafor", "Brannigan", "Lindqvist", "Achterberg", "Mistry")
_GIVEN = ("Ada", "Tobias", "Ingrid", "Femke", "Rohan")


@dataclass(frozen=True, slots=True)
class Sent:
    """One hand-over: the sender's key, and the bytes."""

    key: str
    body: bytes

    @property
    def submission(self) -> Submission:
        return Submission(FEED, self.body, "2026-11-22T06:00:00.000Z", "test", self.key)


def nhs_number(n: int) -> str:
    """The nth number of the test range (999) that has a check digit."""
    return _numbers()[n]


@cache
def _numbers() -> list[str]:
    return [digits + check for digits in (f"9990{k:05d}" for k in range(10_000)) if (check := _check_digit(digits))]


def _check_digit(nine: str) -> str:
    check = (11 - sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11) % 11
    return "" if check == 10 else str(check)


def messages_of(n: int) -> list[Sent]:
    """Person n: added at one hospital, admitted with an allergy at another, given a new telephone number, and a blood result."""
    at = datetime(2026, 11, 1, 6, tzinfo=UTC) + timedelta(minutes=7 * n)
    admitted = "PV1|1|I|W5^B2^3^NVGH|21|||C9990001^Bright^Oluwaseun^^^Dr|||300"
    allergic = "AL1|1|DA|91936005^Allergy to penicillin^SCT|MO|Rash"
    result = [f"OBR|1|P{n}|F{n}|U0003^Urea and electrolytes^NLAB|||{_hl7(at + timedelta(hours=3))}||||||||||||||||||F"]
    result += [f"OBX|1|NM|T0301^Creatinine^NLAB||{60 + n % 90}.30|UMOLL|49 - 92|N|||F"]
    return [
        _message(n, "added", at, "NORTHPAS|X9A01", "ADT^A28", f"H{70000 + n}^^^X9A01^MR", "07700 900101"),
        _message(
            n, "in", at + timedelta(hours=1), "NVPAS|NVGH", "ADT^A01", f"N{70000 + n}^^^X99005^MR", "07700 900101", admitted, allergic
        ),
        _message(n, "moved", at + timedelta(hours=2), "NORTHPAS|X9A01", "ADT^A31", f"H{70000 + n}^^^X9A01^MR", "07700 900202"),
        _message(n, "blood", at + timedelta(hours=3), "NORTHLAB|X9A01", "ORU^R01", f"H{70000 + n}^^^X9A01^MR", "07700 900202", *result),
    ]


def _message(n: int, key: str, at: datetime, sender: str, kind: str, local: str, phone: str, *segments: str) -> Sent:
    family, given = _FAMILIES[n % 5] + "aeiou"[n // 5 % 5], _GIVEN[n // 25 % 5]
    born = f"{1930 + n % 60}{1 + n % 12:02d}{1 + n % 28:02d}"
    lines = [f"MSH|^~\\&|{sender}|CAREHUB|NBK|{_hl7(at)}||{kind}|{key}{n}|P|2.4"]
    lines += [f"EVN|{kind[4:]}|{_hl7(at)}"] if kind.startswith("ADT") else []
    lines += [
        f"PID|1||{local}~{nhs_number(n)}^01^^NHS^NH||{family}^{given}^^^^^L||{born}|2|||{n} Heron Row^^Northbeck^^NB1 4ZZ||{phone}^PRN"
    ]
    return Sent(f"{key}-{n}", "\r".join([*lines, *segments, ""]).encode())


def _hl7(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S")


def stream(people: int = size("").people) -> list[Sent]:
    """Everything about `people` persons, person after person, with one message nobody can read among it."""
    sent = [one for n in range(people) for one in messages_of(n)]
    return [*sent[: len(sent) // 2], Sent("rubbish", b"MSH|this is not a message"), *sent[len(sent) // 2 :]]


@cache
def adapters() -> Catalogue:
    return load_adapters()


def hub_over(store: Store) -> Hub:
    """A hub in this process over a store, with the shipped adapters."""
    return Hub(store, store.log, adapters(), clock, Disclosing(store.records, store.links, store.plans, store.audit, TABLE, clock))


@dataclass(frozen=True, slots=True)
class Account:
    """What a hub holds, for comparing one that met faults with one that did not."""

    messages: int
    verdicts: tuple[tuple[str, int], ...]
    versions: int
    persons: int
    record_hash: str


def account(store: Store) -> Account:
    verdicts: Counter[str] = Counter()
    for _, _, verdict, count in store.records.counts():
        verdicts[verdict] += count
    versions, persons = store.records.version_count(), len(store.links.persons())
    return Account(store.log.last_position(), tuple(sorted(verdicts.items())), versions, persons, hub_over(store).record_hash())


def undisturbed(sent: Sequence[Sent]) -> Account:
    """The account of a hub that was handed these and met no fault."""
    hub = hub_over(MemoryStore())
    hub.receive([one.submission for one in sent])
    hub.drain()
    return account(hub.store)


def settled(store: Store) -> bool:
    """Every message has its outcome, the lane is at the end of the log, and no plan is out of date."""
    last = store.log.last_position()
    outcomes = sum(count for *_, count in store.records.counts())
    return outcomes == last == store.links.lane_position() and not store.plans.dirty(1)


def kept(store: Store, sent: Sequence[Sent]) -> list[str]:
    """The keys of those whose bytes are not in the log exactly as sent; and of the log's places, whatever is not 1, 2, 3 …"""
    lost = [one.key for one in sent if store.log.submission_body(one.submission.id) != one.body]
    positions = [head.position for head in store.log.heads(0, 1_000_000)]
    return lost + ([] if positions == list(range(1, len(positions) + 1)) else ["the log has holes"])
