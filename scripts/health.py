"""Asks /healthz of the web process in this container; exit code 0 when it can serve.

Standard library only. It names a host that the server answers to, and says that the request came
by HTTPS, so that neither check of the settings turns it away.
"""

from __future__ import annotations

import http.client
import os

PORT = 8000
TIMEOUT_SECONDS = 4


def main() -> int:
    """0 for the status 200, else 1 with a sentence for `docker inspect`."""
    first = os.environ.get("TRAINYARD_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    headers = {"Host": first or "localhost", "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz", headers=headers)
        answer = connection.getresponse()
        print(answer.status, answer.read(500).decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        print(f"The web process does not answer: {error}")
        return 1
    finally:
        connection.close()
    return 0 if answer.status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    raise SystemExit(main())
