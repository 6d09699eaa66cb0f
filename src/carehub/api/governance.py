"""Under /governance: what a privacy officer does about agreements and policy, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import json_texts
from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.governance import agreements, matrix
from carehub.governance.clauses import BadAgreements
from carehub.hub.changing_agreements import ChangingAgreements, InForce
from carehub.hub.hub import Hub
from carehub.hub.simulating import Simulated, Simulating
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import days_of

_LIMIT = 1_000_000


def governance_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Every route decides and is written down; what stores something takes a credential."""
    router = APIRouter(prefix="/governance", tags=["governance"])
    simulating, changing = Simulating(hub), ChangingAgreements(hub)

    async def simulate(request: Request) -> Response:
        """Who would see what of a person under a draft: {"person", "agreements": text of the file, "policy": text of the matrix, "day": YYYY-MM-DD}.

        Without a draft of one of them, what is in force. Gives the cells that change; nothing of the record.
        """
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"person", "agreements", "policy", "day"})
        days = days_of(asked["day"]) if "day" in asked else None
        if not asked.get("person") or ("day" in asked and (days is None or days[0] != days[1])):
            raise Rejected(issue("API-005", at="day" if asked.get("person") else "person"))
        try:
            draft = agreements.read(asked["agreements"], where="agreements") if "agreements" in asked else None
            policy = matrix.read(asked["policy"]) if "policy" in asked else None
        except (BadAgreements, matrix.BadPolicy) as error:
            raise Rejected(issue("GOV-001", at=str(error))) from None
        day = days[0] if days else None
        told = await run_in_threadpool(simulating.at, requester, asked["person"], agreements=draft, policy=policy, day=day)
        return Response(dumps(of_simulation(told.value)), media_type="application/json")

    def show(request: Request) -> Response:
        """The agreements in force as the text of the file, who made them so, and every proposal."""
        return Response(dumps(of_agreements(changing.show(credentials.requester(request)).value)), media_type="application/json")

    async def propose(request: Request) -> Response:
        """Propose a whole file: {"agreements": its text, "reason"}. 201 with the proposal's id; nothing changes until another approves it."""
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"agreements", "reason"})
        id = await run_in_threadpool(changing.propose, requester, asked.get("agreements", ""), asked.get("reason", ""))
        return Response(dumps({"id": id}), status_code=201, media_type="application/json")

    async def answer(request: Request, id: str) -> Response:
        """Answer a proposal: {"answer": "approved" | "declined", "words"}. 204; in force from the next reading on. Not one's own."""
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"answer", "words"})
        await run_in_threadpool(changing.answer, requester, id, asked.get("answer", ""), asked.get("words", ""))
        return Response(status_code=204)

    router.add_api_route("/agreements", show, methods=["GET"], response_class=Response)
    router.add_api_route("/agreements", propose, methods=["POST"], status_code=201, response_class=Response)
    router.add_api_route("/agreements/{id}", answer, methods=["POST"], status_code=204, response_class=Response)
    router.add_api_route("/simulate", simulate, methods=["POST"], response_class=Response)
    return router


def of_simulation(told: Simulated) -> dict[str, Any]:
    """A simulation as JSON: its changed cells, with "shown" or "hidden" and the sentence that hides."""
    cells = [
        {
            **asdict(one.cell),
            "before": "hidden" if one.before else "shown",
            "after": "hidden" if one.after else "shown",
            "because": one.before or one.after,
        }
        for one in told.changed
    ]
    return {"person": told.person, "day": told.day, "sources": told.sources, "changed": cells}


def of_agreements(told: InForce) -> dict[str, Any]:
    """What is in force and every proposal as JSON; answered is null while a proposal waits."""
    proposals = [
        {"id": one.id, "proposed": asdict(one.proposed), "answered": asdict(one.answered) if one.answered else None}
        for one in told.proposals
    ]
    return {"text": told.text, "by": told.by.id if told.by else None, "proposals": proposals}
