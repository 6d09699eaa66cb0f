"""S-11: whatever comes, as whichever role, no answer of the API is a server error. Requests are made from the OpenAPI document by Schemathesis.

CAREHUB_TEST_FUZZ: examples for each operation, other ones each time; 200 is for a night. Without it 2, and always the same.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.governance.policy import ROWS
from doors.api.asking import about, request_of
from doors.api.conftest import digest, granting
from doors.api.direct import Direct
from hub.test_disagreements import NONE_KNOWN, hospital
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

NIGHT = os.environ.get("CAREHUB_TEST_FUZZ", "")
EXAMPLES = int(NIGHT or "2")


@pytest.fixture(scope="module")
def hub():
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN]), hospital(NONE_KNOWN), ada("council", "C1", nhs="", kind="local_authority"))
    made.drain()
    return made


def test_no_request_of_any_role_is_answered_by_a_server_error(hub, record_property) -> None:
    absent = "Schemathesis: the dev extra is not installed as constraints.txt says"
    requests, schemathesis = (pytest.importorskip(name, reason=absent) for name in ("requests", "schemathesis"))

    clients = {digest(row.role): replace(NURSE, user=row.role, role=row.role, purpose=row.purpose) for row in ROWS}
    sources = {digest("source"): SourceCredential("src", frozenset({"toy/feed"}))}
    app = create_api(hub, Credentials(sources, clients), max_body_bytes=10_000, may_call=lambda endpoint: True, granting=granting(hub))
    direct, whom = Direct(app), about(hub, hub.store.links.find(nhs_number="9990000018")[0], "9990000018")
    number, statuses, wrong = count(), Counter(), []
    tokens = [*(row.role for row in ROWS), "source", "nobody"]

    def send(operation, case) -> None:
        if next(number) % 2:  # about somebody who is there, so that more than the address is read
            _, path, _ = request_of(f"{operation.method.upper()} {operation.path}", whom)
            names = zip(operation.path.split("/"), path.split("/"), strict=False)
            case.path_parameters = {name[1:-1]: value for name, value in names if name.startswith("{")}
        asked = case.as_transport_kwargs(base_url="http://testserver")
        prepared = requests.Request(
            **{k: v for k, v in asked.items() if k in ("method", "url", "headers", "params", "json", "data", "files")}
        ).prepare()
        body = prepared.body if isinstance(prepared.body, bytes) else (prepared.body or "").encode("utf-8", "replace")
        kept = {name: str(value) for name, value in prepared.headers.items() if name.lower() != "authorization"}
        for token in tokens:
            answer = direct.request(prepared.method, prepared.path_url, headers={**kept, "Authorization": f"Bearer {token}"}, content=body)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                wrong.append((operation.label, token, prepared.path_url, body[:200], answer.status_code))

    for found in schemathesis.openapi.from_dict(app.openapi()).get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=not NIGHT,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def sent(case) -> None:
            send(case.operation, case)

        sent()
    direct.close()
    record_property("requests", statuses.total())
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")
    assert wrong == []
    assert statuses[200] > 0
