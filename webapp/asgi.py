"""The ASGI application: HTTP by Django, websockets by Channels, refused from foreign origins."""

from __future__ import annotations

import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings.production")
# Typed by Django for concrete dicts, by ASGI for any mapping.
_http: Any = get_asgi_application()

# Consumers import models, so the routes can be read only after Django is set up.
from webapp.core.held_database import hold_database  # noqa: E402
from webapp.core.streaming import BoundedBodies  # noqa: E402
from webapp.routing import websocket_urlpatterns  # noqa: E402

_database = hold_database()
application = ProtocolTypeRouter(
    {
        "http": BoundedBodies(_http),
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
