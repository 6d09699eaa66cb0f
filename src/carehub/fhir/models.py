"""The only import of fhir.resources: R4B as the authority for R4 4.0.1, STU3 for reading GP Connect. Loaded on first use.

The models are slow (28 parses a resource), so they give the readable error of a refused resource, the tests and $validate their
verdict; the hot path is fhir.gate. R4B 4.3.0 equals R4 4.0.1 in every type of a care record but for what the R4 guard refuses.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from carehub.fhir import r4
from carehub.fhir.resource import Resource
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

R4_VERSION = "4.0.1"

# In R4B 4.3.0 and not in R4 4.0.1, by comparison of the two sets of definitions.
NOT_R4_TYPES = frozenset(
    {
        "AdministrableProductDefinition",
        "Citation",
        "ClinicalUseDefinition",
        "EvidenceReport",
        "Ingredient",
        "ManufacturedItemDefinition",
        "MedicinalProductDefinition",
        "NutritionProduct",
        "PackagedProductDefinition",
        "RegulatedAuthorization",
        "SubscriptionStatus",
        "SubscriptionTopic",
        "SubstanceDefinition",
    }
)
NOT_R4_ELEMENTS = frozenset({"valueCodeableReference", "valueRatioRange"})

_BOUND = 20


def model(name: str, release: str = "R4B") -> Any:
    """The pydantic class of a FHIR type ("Patient", "HumanName") in release "R4B" or "STU3". Raises KeyError for an unknown name.

    The classes of a module refer to one another, so the first call for a type costs up to 0.4 s.
    """
    package = import_module(f"fhir.resources.{release}")
    try:
        return package.get_fhir_model_class(name)
    except (AttributeError, ValueError):
        raise KeyError(name) from None


@cache
def summary_elements(type_: str) -> frozenset[str]:
    """The elements that R4 marks as the summary of a type (isSummary of its definition), by name. Raises KeyError for a type that is none."""
    fields = model(type_).model_fields.values()
    return frozenset(str(field.alias) for field in fields if _marks(field).get("summary_element_property"))


def _marks(field: Any) -> dict[str, Any]:
    found = field.json_schema_extra
    return found if isinstance(found, dict) else {}


def explain(resource: Resource) -> tuple[Issue, ...]:
    """What fhir.resources R4B and the R4 guard say about one resource: at most 20 issues with places and no values; () when it passes.

    Never raises on any JSON value. GATE-010 shape, GATE-011 not R4, GATE-013 two types of one choice, GATE-014 a null that stands alone,
    GATE-016 id, GATE-018 date, time or number.
    """
    return _explain(resource, "R4B") or _not_r4(resource)


def explain_stu3(resource: Resource) -> tuple[Issue, ...]:
    """As explain, for a STU3 (3.0.2) resource as GP Connect sends it."""
    return _explain(resource, "STU3")


def _explain(resource: Any, release: str) -> tuple[Issue, ...]:
    from pydantic import ValidationError

    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(kind, str):
        return (issue("GATE-010"),)
    try:
        found = model(kind, release)
    except KeyError:
        return (issue("GATE-011"),)
    if not found.has_resource_base():
        return (issue("GATE-011"),)
    try:
        found.model_validate(resource)
    except ValidationError as refused:
        return _issues(kind, refused.errors(include_url=False, include_context=False, include_input=False))
    except KeyError:
        # A resourceType inside (contained, or a Bundle entry) that the models do not know.
        return (issue("GATE-011", at=kind, about=kind),)
    except (RecursionError, ValueError, TypeError, AttributeError, ArithmeticError):
        return (issue("GATE-010", at=kind, about=kind),)
    return ()


_NUMBERS = {
    "list_type": "GATE-014",
    "string_pattern_mismatch": "GATE-010",
    "date_from_datetime_parsing": "GATE-018",
    "datetime_from_date_parsing": "GATE-018",
    "less_than_equal": "GATE-018",
    "greater_than_equal": "GATE-018",
    "finite_number": "GATE-018",
}


def _issues(kind: str, errors: list[Any]) -> tuple[Issue, ...]:
    found: dict[Issue, None] = {}
    for error in errors:
        name, words, path = str(error["type"]), str(error["msg"]), error["loc"]
        if name == "extra_forbidden" and path[-1] not in r4.names():
            path = path[:-1]  # the sender's own key could hold anything
        where = kind + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        if "Any of one field value" in words:
            number = "GATE-013"
        elif where.endswith(".id") and name.startswith("string"):
            number = "GATE-016"
        elif "value string does not match spec regex" in words or "timezone" in words or name.startswith(("date", "time")):
            number = "GATE-018"
        else:
            number = _NUMBERS.get(name, "GATE-010")
        found[issue(number, at=where, about=kind)] = None
    return tuple(found)[:_BOUND]


def _not_r4(resource: Resource) -> tuple[Issue, ...]:
    """The R4 guard: types and elements that R4B has and R4 has not, anywhere inside."""
    kind = resource["resourceType"]
    found: list[Issue] = []
    stack: list[tuple[Any, str]] = [(resource, kind)]
    while stack and len(found) < _BOUND:
        item, where = stack.pop()
        if isinstance(item, list):
            stack.extend((part, f"{where}[{n}]") for n, part in enumerate(item))
        elif isinstance(item, dict):
            if item.get("resourceType") in NOT_R4_TYPES:
                found.append(issue("GATE-011", at=where, about=kind))
            for name, part in item.items():
                if name in NOT_R4_ELEMENTS:
                    found.append(issue("GATE-010", at=f"{where}.{name}", about=kind))
                elif isinstance(part, (dict, list)):
                    stack.append((part, f"{where}.{name}"))
    return tuple(found)
