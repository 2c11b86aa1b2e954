"""The FastAPI application: one route for each verb of the table, health and readiness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from starlette.responses import Response

from groundfact import __version__
from groundfact.asynchronous import AsyncMemory
from groundfact.doors.problems import MEDIA_TYPE, Problem, problem_of
from groundfact.doors.tokens import PRINCIPAL
from groundfact.doors.verbs import VERBS, Verb
from groundfact.rest.errors import answer_errors, problem_response

__all__ = ["OPEN_PATHS", "rest_app"]

OPEN_PATHS = frozenset(("/health", "/ready", "/openapi.json"))
"""What is answered without a token, because nothing of the memory is in it."""
_ABOUT = (
    "What a business may rely on about its customers, for copilots. Every verb is a POST with a JSON body, so that"
    " names and questions stay out of the logs of whatever stands between. Who asks is decided by the bearer token."
)
_PROBLEMS = {
    400: "It is no HTTP request with a JSON body",
    401: "No token, or one that is not known or has expired",
    403: "The principal may not see it, or a web page asks that may not",
    404: "Nothing that the principal may see answers to that name",
    409: "Several answer to that name; `candidates` lists them",
    413: "The body is too large",
    421: "The server is not reached by that name",
    422: "It cannot be asked like this; `errors` lists the mistakes",
    500: "Something is broken; the server's log has it",
    503: "Busy, or the store cannot be used; try again later",
}


def rest_app(memory: AsyncMemory, lifespan: Callable[[FastAPI], Any] | None = None) -> FastAPI:
    """The application. What stands before it has put who asks into the request's scope."""
    app = FastAPI(
        title="groundfact",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        # The usual pages for these load scripts from a host that nobody here has chosen.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    answer_errors(app)
    for verb in VERBS.values():
        app.add_api_route(
            f"/v1/{verb.name}",
            _endpoint(memory, verb),
            methods=["POST"],
            response_model=verb.answer,
            summary=verb.title,
            description=verb.about,
            operation_id=verb.name,
            responses=_problems(*_PROBLEMS),
            # For the description alone: the token was looked at before, and taken off the request.
            dependencies=[Depends(HTTPBearer(auto_error=False, description="A token of `server: tokens`."))],
        )
    _add_probes(app, memory)
    return app


def _endpoint(memory: AsyncMemory, verb: Verb) -> Callable[..., Any]:
    async def endpoint(request: Request, ask: Any) -> Response:
        principal = str(request.scope[PRINCIPAL])
        try:
            found = await memory.run(lambda m: verb.call(m, principal, ask))
        except Exception as error:
            return problem_response(problem_of(error, verb.name))
        return Response(found.json, media_type="application/json")

    endpoint.__annotations__ = {"request": Request, "ask": verb.ask, "return": Response}
    return endpoint


def _add_probes(app: FastAPI, memory: AsyncMemory) -> None:
    @app.get("/health", operation_id="health", summary="Is the process up", responses=_problems(421))
    async def health() -> dict[str, str]:
        """Say that the process is up and answers."""
        return {"status": "ok"}

    @app.get(
        "/ready",
        operation_id="ready",
        summary="Can it answer",
        response_model=dict[str, str],
        responses=_problems(421, 503),
    )
    async def ready() -> Any:
        """Say whether the store opens and answers."""
        try:
            await memory.run(lambda m: m.belief())
        except Exception as error:
            found = problem_of(error, "readiness")
            return problem_response(found.model_copy(update={"status": 503}))
        return {"status": "ready"}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = Problem.model_json_schema()
    content = {MEDIA_TYPE: {"schema": schema}}
    return {status: {"description": _PROBLEMS[status], "content": content} for status in statuses}
