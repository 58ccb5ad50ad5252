"""Runs moto's server on the loopback and serialises DynamoDB calls:  moto_server.py PORT

A conditional write of DynamoDB is atomic. moto serves each call in its own thread without a lock, so on a busy machine
two threads can both find the same condition to hold.
"""

import sys
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
table = Lock()


def in_turns(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    """A WSGI application."""
    if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB"):
        return moto(environ, start_response)
    with table:
        return list(moto(environ, start_response))


run_simple("127.0.0.1", int(sys.argv[1]), in_turns, threaded=True, request_handler=MotoRequestHandler)
