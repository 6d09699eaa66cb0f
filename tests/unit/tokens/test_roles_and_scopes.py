"""Claims to roles by the site's table, and scopes: what is given, and how far it reaches."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.terms.errors import Refused
from carehub.tokens.roles import read_roles
from carehub.tokens.scopes import granted, reach

TABLE = """
[[organisation]]
code = "X1"
name = "One"
[[organisation]]
code = "X2"
name = "Two"
[[role]]
code = "R8000"
role = "gp"
purpose = "TREAT"
organisations = ["X1"]
[[role]]
code = "S8000:G8000:R8000"
role = "hospital-doctor"
purpose = "TREAT"
"""


def claims(*roles: Any, **more: Any) -> dict[str, Any]:
    told = [
        {"person_roleid": str(n), "role_code": one[0], "org_code": one[1]} if isinstance(one, tuple) else one for n, one in enumerate(roles)
    ]
    return {"sub": "s", "nhsid_useruid": "u", "name": "Jo", "nhsid_nrbac_roles": told} | more


def offered(said: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.role, one.organisation) for one in read_roles(TABLE).offered(said)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (claims(("S8000:G8000:R8000", "X1")), [("gp", "X1")]),
        (claims(("S8000:G8000:R8000", "X2")), [("hospital-doctor", "X2")]),
        (claims(("R8000", "X1"), ("S8000:G8000:R8000", "X2"), ("R8000", "X1")), [("gp", "X1"), ("hospital-doctor", "X2")]),
        (claims(("R8000", "X1"), ("S8000:G8000:R8000", "X2"), selected_roleid="1"), [("hospital-doctor", "X2")]),
        (claims(("R8000", "X1"), selected_roleid="9"), []),
        (claims(("R8000", "X2")), []),
        (claims(("R8000", "X3")), []),
        (claims(("R8001", "X1")), []),
        (claims(("", "X1")), []),
        (claims((None, "X1")), []),
        (claims((["R8000"], "X1")), []),
        (claims("R8000", 7, None), []),
        (claims(), []),
        (claims(nhsid_nrbac_roles="R8000"), []),
        (claims(nhsid_nrbac_roles=None), []),
        ({"sub": "s"}, []),
        ({**claims(("R8000", "X1")), "sub": "", "nhsid_useruid": " "}, []),
    ],
)
def test_only_what_the_table_names_is_offered(said: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    if expected:
        assert offered(said) == expected
    else:
        with pytest.raises(Refused, match="SIGN-003"):
            offered(said)


@pytest.mark.parametrize(
    "wrong",
    [
        "[other]\n",
        '[[organisation]]\ncode = "X1"\n',
        '[[role]]\ncode = "R1"\nrole = "king"\npurpose = "TREAT"\n',
        '[[role]]\ncode = "R1"\nrole = "gp"\npurpose = "HOPERAT"\n',
        '[[role]]\ncode = "R1"\nrole = "gp"\npurpose = "TREAT"\norganisations = ["X9"]\n',
        '[[role]]\ncode = "R1"\nrole = "gp"\n',
        "[[role]\n",
    ],
)
def test_a_table_that_could_not_be_meant_is_not_read(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_roles(wrong)


def test_a_scope_is_given_only_where_all_of_it_is_registered() -> None:
    own = "launch launch/patient patient/*.rs user/Task.cu system/Patient.r"
    assert granted("patient/Observation.rs patient/*.read user/Task.u launch/patient", own, ("patient", "user")) == (
        "patient/Observation.rs",
        "patient/*.read",
        "user/Task.u",
        "launch/patient",
    )
    refused = "patient/Observation.rsd patient/*.* user/*.u user/Task.r system/Patient.r patient/Observation.sr patient/*.rs?x=1 openid offline_access"
    assert granted(refused, own, ("patient", "user")) == ()
    assert granted("launch system/Patient.r user/Task.u", own, ("system",)) == ("system/Patient.r",)
    assert granted("patient/. patient/patient.r /*.r */*.r patient/*.", own, ("patient",)) == ()


def test_reach_is_all_letters_of_a_type_and_the_widest_context() -> None:
    assert reach(("patient/*.rs", "user/Task.rs"), "Task", "r") == "user"
    assert reach(("patient/*.rs", "user/Task.rs"), "Condition", "s") == "patient"
    assert reach(("patient/*.rs",), "*", "rs") == "patient"
    assert reach(("patient/Task.rs", "patient/Condition.rs"), "*", "rs") is None
    assert reach(("patient/Task.r", "user/Task.s"), "Task", "rs") is None
    assert reach((), "Task", "r") is None
