"""Bronze may run in test, silver may go live, gold also measures itself: every clause at its grade, met, exempt with a reason, or broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from carehub.feeds.adapter import Adapter
from carehub.feeds.coverage import Coverage
from carehub.kit import checks, folders
from carehub.kit.cases import AdapterFolder
from carehub.kit.coverage import covered
from carehub.kit.reconciling import counts_reconcile
from carehub.kit.results import Clause

GRADES = ("bronze", "silver", "gold")
Standing = Literal["met", "exempt", "broken"]

# What silver asks beyond bronze: a source that goes live is understood, not only survived. Each may be exempt, with words.
SILVER = frozenset(
    (
        "a_case_for_every_kind",
        "changes_agree",
        "characters_survive",
        "declared_domain",
        "dropped_fields_do_not",
        "fields_are_listed",
        "ids_survive_an_update",
        "keys_decide_ids",
        "known_gaps",
        "label_case",
        "labels_in_fields_count",
        "late_is_told_from_early",
        "listed_fields_occur",
        "mapped_fields_matter",
        "merge_case",
        "original_kept",
        "owners_named",
        "summer_time",
        "twice_is_once",
        "withdrawn_case",
        "withdrawn_is_not_empty",
    )
)
GOLD = frozenset(("code_is_exercised", "counts_reconcile"))

# Gold: this part of the adapter's lines runs when its cases are mapped.
EXERCISED = 0.9
_WORDS = 4
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Checked:
    """One clause and how the adapter stands to it. says: the clause in a sentence; reasons: what is wrong, or why it is exempt."""

    name: str
    grade: str
    says: str
    standing: Standing
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """An adapter against its contract. claimed: the manifest's grade. coverage: the fields its cases hold."""

    adapter: str
    claimed: str
    checked: tuple[Checked, ...]
    coverage: Coverage

    @property
    def reached(self) -> str:
        """The highest grade at which, and below which, nothing is broken; "" when bronze is not reached."""
        grades = ""
        for grade in GRADES:
            if any(one.standing == "broken" for one in self.checked if one.grade == grade):
                break
            grades = grade
        return grades

    def findings(self, *, strict: bool = False) -> tuple[Checked, ...]:
        """What is broken up to the grade that is claimed; strict asks for silver whatever is claimed."""
        asked = max(GRADES.index(self.claimed), GRADES.index("silver") if strict else 0)
        return tuple(one for one in self.checked if one.standing == "broken" and GRADES.index(one.grade) <= asked)


Run = Callable[[Adapter, AdapterFolder], Iterator[str]]


def clauses() -> dict[str, Run]:
    """Every clause by name, each over a whole folder. A clause about cases names the case before what is wrong."""
    found: dict[str, Run] = {clause.__name__: clause for clause in folders.FOLDER_CLAUSES}
    for clause in checks.CLAUSES:
        found[clause.__name__] = _over_cases(clause)
    found["exemptions_have_words"] = exemptions_have_words
    found["counts_reconcile"] = counts_reconcile
    return dict(sorted(found.items(), key=lambda pair: (GRADES.index(grade_of(pair[0])), pair[0])))


def _over_cases(clause: Clause) -> Run:
    def run(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
        for case in folder.cases:
            yield from (f"cases/{case.slug}: {wrong}" for wrong in clause(adapter, case))

    run.__doc__ = clause.__doc__
    run.__name__ = clause.__name__
    return run


def grade_of(name: str) -> str:
    """The grade that asks for a clause."""
    return "gold" if name in GOLD else "silver" if name in SILVER else "bronze"


def exemptions_have_words(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Every exemption names a clause that may be exempt, and gives the reason in at least four words."""
    for name, reason in folder.manifest.grade.exempt.items():
        if _plain(name) not in SILVER | GOLD:
            yield f"{name} is no clause that may be exempt"
        elif len(reason.split()) < _WORDS:
            yield f"{name} is exempt without a reason in words"


def check(name: str, run: Run, adapter: Adapter, folder: AdapterFolder) -> Checked:
    """One clause over one folder. What the adapter throws at a clause breaks the clause; it does not stop the others."""
    says = (run.__doc__ or "").strip().partition("\n")[0]
    exempt = {_plain(clause): reason for clause, reason in folder.manifest.grade.exempt.items()}
    try:
        wrong = tuple(dict.fromkeys(run(adapter, folder)))
    except Exception as error:
        wrong = (f"the adapter failed: {type(error).__name__}",)
    if not wrong:
        return Checked(name, grade_of(name), says, "met")
    if name in exempt and name in SILVER | GOLD and len(exempt[name].split()) >= _WORDS:
        return Checked(name, grade_of(name), says, "exempt", (exempt[name],))
    shown = (*wrong[:_SHOWN], f"and {len(wrong) - _SHOWN} more") if len(wrong) > _SHOWN else wrong
    return Checked(name, grade_of(name), says, "broken", shown)


def examine(adapter: Adapter, folder: AdapterFolder, *, exercised: float | None = None) -> Report:
    """The whole contract. exercised: the part of the adapter's lines that ran over its cases, where somebody measured it."""
    found = [check(name, run, adapter, folder) for name, run in clauses().items()]
    found.append(check("code_is_exercised", _exercised(exercised), adapter, folder))
    return Report(folder.manifest.name, folder.manifest.grade.level, tuple(found), covered_safely(adapter, folder))


def covered_safely(adapter: Adapter, folder: AdapterFolder) -> Coverage:
    """The fields of the cases; nothing where the adapter cannot name them."""
    try:
        return covered(adapter, folder)
    except Exception:
        return Coverage((), (), (), ())


def _exercised(part: float | None) -> Run:
    def code_is_exercised(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
        """Nine in ten of the adapter's lines run when its cases are mapped."""
        if part is None:
            yield "not measured: carehub adapters check --measure"
        elif part < EXERCISED:
            yield f"{part:.0%} of the adapter's lines run over its cases; gold asks for {EXERCISED:.0%}"

    return code_is_exercised


def _plain(name: str) -> str:
    return name.replace("-", "_")
