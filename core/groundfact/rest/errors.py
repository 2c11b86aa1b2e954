"""Every error of the application as problem details."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from groundfact.doors.problems import MEDIA_TYPE, Problem, bad_input, problem

__all__ = ["answer_errors", "problem_response"]

_LATER = {"Retry-After": "1"}


def problem_response(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as an HTTP answer."""
    more = {**(headers or {}), **(_LATER if found.status == HTTPStatus.SERVICE_UNAVAILABLE else {})}
    return Response(found.json_text, found.status, more, MEDIA_TYPE)


def answer_errors(app: FastAPI) -> None:
    """Answer what the framework refuses in the same shape as our own errors."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: Any) -> Response:
        return problem_response(bad_input(error.errors()))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: Any) -> Response:
        title = HTTPStatus(error.status_code).phrase
        found = problem(f"http_{error.status_code}", title, error.status_code, hint="see /openapi.json")
        return problem_response(found, error.headers)
