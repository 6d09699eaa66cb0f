"""What an adapter makes of a case, for clauses: the accepted result, its records, and the values of its patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.fhir.resource import many
from carehub.kit.cases import AdapterFolder, Case
from carehub.kit.golden import outcome
from carehub.terms.errors import Rejected

Clause = Callable[[Adapter, Case], Iterator[str]]
FolderClause = Callable[[Adapter, AdapterFolder], Iterator[str]]


def accepted(adapter: Adapter, message: Message) -> Mapped | None:
    """The result when the message is accepted; None when it is refused. Any other exception is the adapter's fault and passes through."""
    result = outcome(adapter, message)
    return None if isinstance(result, Rejected) else result


def accepted_cases(adapter: Adapter, folder: AdapterFolder) -> list[tuple[Case, Mapped]]:
    """Every accepted case of a folder with its result."""
    results = ((case, accepted(adapter, case.message)) for case in folder.cases)
    return [(case, mapped) for case, mapped in results if mapped is not None]


def patients(mapped: Mapped) -> Iterator[MappedRecord]:
    """The Patient records of a result."""
    return (record for record in mapped.records if record.ref.type == "Patient")


def surnames(mapped: Mapped) -> list[str]:
    """The family names of its patients, longest first, each once."""
    found = {str(name) for record in patients(mapped) for name in many(record.resource, "name", "family") if len(str(name)) > 3}
    return sorted(found, key=lambda name: (-len(name), name))


def crash(adapter: Adapter, message: Message) -> str:
    """The name of what came out of the adapter that is neither a result nor a refusal; "" when nothing did."""
    try:
        outcome(adapter, message)
    except Exception as error:
        return type(error).__name__
    return ""
