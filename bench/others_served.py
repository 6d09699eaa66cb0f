"""Servers of others.py, run by its Python: `python others_served.py fhirstarter|rows FILE PORT`.

fhirstarter: a provider that reads the Condition in FILE, at /Condition/ID. rows: the resources in FILE, one a line, each parsed and the whole written as one
Bundle by orjson for every request, at /rows.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import uvicorn


def fhirstarter(file: Path) -> Any:
    """The resource is read into its model at each request, as from a database, and the framework writes it out."""
    os.environ["FHIR_SEQUENCE"] = "R4B"  # it asks for it when it is imported
    from fhir.resources.R4B.condition import Condition
    from fhirstarter import FHIRProvider, FHIRStarter, InteractionContext

    told, provider = file.read_bytes(), FHIRProvider()

    @provider.read(Condition)
    async def read(context: InteractionContext, id_: str) -> Condition:
        return Condition.model_validate_json(told)

    app = FHIRStarter()
    app.add_providers(provider)
    return app


def rows(file: Path) -> Any:
    """A bare Starlette route."""
    import orjson
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    told = file.read_bytes().splitlines()

    async def answer(request: Request) -> Response:
        entries = [{"resource": orjson.loads(one)} for one in told]
        whole = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}
        return Response(orjson.dumps(whole), media_type="application/fhir+json")

    return Starlette(routes=[Route("/rows", answer)])


if __name__ == "__main__":
    served = {"fhirstarter": fhirstarter, "rows": rows}[sys.argv[1]](Path(sys.argv[2]))
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[3]), log_level="warning", access_log=False, server_header=False)
