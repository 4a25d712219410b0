"""What a client of the upload API does: announce files, append chunks, finish."""

from __future__ import annotations

import hashlib
from typing import Any

from django.test import Client

from tests.webapp.factories import World

TEXT = ("One line of a real text, long enough to be split in two.\n" * 40).encode()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def identity(name: str, data: bytes) -> dict[str, Any]:
    return {
        "name": name,
        "num_bytes": len(data),
        "modified_ms": 1_700_000_000_000,
        "first_sha256": sha(data),
        "last_sha256": sha(data),
    }


def announce(client: Client, world: World, files: list[dict[str, Any]]) -> Any:
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    return client.post(url, {"files": files}, content_type="application/json")


def start(client: Client, world: World, files: dict[str, bytes]) -> Any:
    return announce(client, world, [identity(name, data) for name, data in files.items()])


def append(client: Client, file_id: str, offset: int, data: bytes, digest: str = "") -> Any:
    return client.patch(
        f"/api/v1/upload-files/{file_id}/",
        data,
        content_type="application/octet-stream",
        headers={"Upload-Offset": str(offset), "X-Chunk-SHA256": digest or sha(data)},
    )


def finish(client: Client, upload_id: str, *, starts_reading: bool = True) -> Any:
    body = {"starts_reading": starts_reading}
    url = f"/api/v1/uploads/{upload_id}/finish/"
    return client.post(url, body, content_type="application/json")


def send(client: Client, world: World, files: dict[str, bytes]) -> dict[str, Any]:
    """Everything but the finish."""
    upload: dict[str, Any] = start(client, world, files).json()
    for row in upload["files"]:
        if not row["refused"]:
            append(client, row["id"], 0, files[row["name"]])
    return upload
