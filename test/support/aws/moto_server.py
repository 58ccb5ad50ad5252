"""moto's server on the loopback, whose table is asked one thing at a time:  moto_server.py PORT

A write of DynamoDB happens at once, condition and all. moto has a thread for each call and no lock, and on a busy machine two
of them may both find the same condition to hold.
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
