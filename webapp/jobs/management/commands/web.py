"""``manage.py web``: uvicorn on a socket that the parent has opened, or on an address."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandParser

from webapp.core.heap import settle_heap

MAX_FRAME_BYTES = 64 * 1024
_SHUTDOWN_SECONDS = 3


class Command(BaseCommand):
    """The socket outlives this process, so that a restart refuses no connection."""

    help = "Serve HTTP and websockets."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fd", type=int, help="descriptor of a listening socket")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: Any, **options: Any) -> None:
        config = uvicorn.Config(
            "webapp.asgi:application",
            host=options["host"],
            port=options["port"],
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_max_size=MAX_FRAME_BYTES,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        config.load()
        settle_heap()
        given = options["fd"]
        sockets = None if given is None else [socket.socket(fileno=given)]
        uvicorn.Server(config).run(sockets=sockets)
