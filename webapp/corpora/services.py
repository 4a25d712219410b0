"""What changes uploads: beginning (or finding again), what has arrived, finishing as an artifact.

Taking away is in `deletion`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from training.corpus.extract.inputs import UPLOAD_FILES
from training.folder.artifact import sha256_file, write_artifact
from training.folder.atomic import write_json
from training.model_files import PICKLE_ENDINGS
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.core.visible import visible
from webapp.corpora.checking import fault_of
from webapp.corpora.deletion import upload_cancel
from webapp.corpora.examples import holds_examples, holds_model, holds_tokenizer
from webapp.corpora.limits import MAX_FILE_BYTES, require_room
from webapp.corpora.locking import BusyError, held
from webapp.corpora.models import Upload, UploadFile
from webapp.corpora.names import ACCEPTED_TEXT, common_folder, is_accepted, name_fault
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.creation import job_create
from webapp.projects.models import Project

KEPT_FOR = timedelta(days=3)


@dataclass(frozen=True)
class FileIdentity:
    """What a client says of a file before sending it; the same again means the same file."""

    name: str
    num_bytes: int
    first_sha256: str
    last_sha256: str
    modified_ms: int = 0


def upload_start(
    *, project: Project, created_by: User, files: Sequence[FileIdentity], title: str = ""
) -> Upload:
    """An upload waiting for these files; one that was interrupted goes on where it stopped.

    A file that stands twice in ``files`` is expected once: nothing could tell its chunks apart.
    Files that cannot be taken are in it with the reason; ApplicationError when none can, or when
    the interrupted upload is being finished at this moment.
    """
    _require_takeable(files)
    wanted = list(dict.fromkeys(files))
    upload = _found_or_begun(project, created_by, wanted, title)
    with held(upload, alone=False), transaction.atomic():
        _expect(upload, wanted)
    return upload


def chunk_stored(*, file: UploadFile, offset: int, end: int) -> UploadFile:
    """Remember that the file is whole up to ``end``; ApplicationError if another was faster."""
    changed = UploadFile.objects.filter(pk=file.pk, offset=offset).update(
        offset=end, updated_at=timezone.now()
    )
    if not changed:
        raise ApplicationError(
            _("Another window has sent this part of the file."), status_code=HTTPStatus.CONFLICT
        )
    Upload.objects.filter(pk=file.upload_id).update(expires_at=timezone.now() + KEPT_FOR)
    file.refresh_from_db(fields=["offset"])
    return file


def file_restart(*, file: UploadFile) -> UploadFile:
    """What is stored of the file is not what was sent: it is expected from its beginning."""
    UploadFile.objects.filter(pk=file.pk).update(offset=0, updated_at=timezone.now())
    file.offset = 0
    return file


def file_refuse(*, file: UploadFile, reason: str) -> UploadFile:
    """The file is no text: its bytes go, the sentence stays as long as another file is wanted."""
    file.refused = _("%(name)s %(reason)s.") % {"name": file.name, "reason": reason}
    file.save(update_fields=["refused", "updated_at"])
    file.path.unlink(missing_ok=True)
    if not file.upload.files.filter(refused="").exists():
        # While somebody sends in spite of it, it stays for the sweep.
        with suppress(BusyError):
            upload_cancel(upload=file.upload)
    return file


def files_arrived(*, upload: Upload) -> list[UploadFile]:
    """The files that were taken; ApplicationError while there is none, or one is not whole."""
    files = list(upload.files.all())
    missing = [file.name for file in files if not file.is_complete]
    if missing:
        message = _(
            "Not all has arrived yet: %(names)s. Choose these files too, or discard the upload."
        )
        names = ", ".join(missing[:5])
        raise ApplicationError(message % {"names": names}, status_code=HTTPStatus.CONFLICT)
    taken = [file for file in files if not file.refused]
    if not taken:
        raise ApplicationError(" ".join(file.refused for file in files))
    return taken


def upload_finish(*, upload: Upload, starts_reading: bool = True) -> Upload:
    """Make the artifact (every file is hashed here) and start the job that reads the texts.

    Where every file begins with an example to tune on there are no texts: no job is started.
    Called again it does nothing more; called while another call is at it: BusyError. Nothing can
    be written meanwhile. Takes as long as reading the files: not for the event loop.
    """
    if upload.artifact_id is None:
        with held(upload, alone=True):
            if upload.artifact_id is None:
                _make_artifact(upload)
            shutil.rmtree(upload.parts, ignore_errors=True)
    is_text = not any(holds(upload) for holds in (holds_examples, holds_model, holds_tokenizer))
    if starts_reading and upload.job_id is None and is_text:
        upload.job = _reading_job(upload)
        upload.save(update_fields=["job", "updated_at"])
    return upload


def _require_takeable(files: Sequence[FileIdentity]) -> None:
    """ApplicationError when there is none that could be taken."""
    reasons = [_refusal(file) for file in files]
    if all(reasons):
        fields = {f"files.{index}": [reason] for index, reason in enumerate(reasons)}
        raise ApplicationError(" ".join(dict.fromkeys(reasons)), fields=fields)


@transaction.atomic
def _found_or_begun(
    project: Project, created_by: User, files: Sequence[FileIdentity], title: str
) -> Upload:
    """In one transaction: of two starts at once the second finds what the first has begun."""
    found = _interrupted(project, created_by, files)
    if found is not None:
        return found
    upload = Upload.objects.create(
        project=project,
        created_by=created_by,
        title=visible(title.strip())[:120] or _title(files),
        expires_at=timezone.now() + KEPT_FOR,
    )
    _expect(upload, files)
    upload.parts.mkdir(parents=True)
    return upload


def _interrupted(
    project: Project, created_by: User, files: Sequence[FileIdentity]
) -> Upload | None:
    """The newest unfinished upload of the same person that holds one of these files."""
    wanted = set(files)
    rows = UploadFile.objects.filter(
        upload__project=project,
        upload__created_by=created_by,
        upload__artifact=None,
        upload__expires_at__gt=timezone.now(),
        refused="",
        first_sha256__in=[file.first_sha256 for file in files],
    ).select_related("upload__project")
    for row in rows.order_by("-upload__created_at"):
        if _identity(row) in wanted and row.upload.parts.is_dir():
            return row.upload
    return None


def _expect(upload: Upload, files: Sequence[FileIdentity]) -> None:
    """Add those that the upload does not know yet."""
    if upload.artifact_id is not None:
        message = _("These files have arrived already; their upload is finished.")
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
    known = {_identity(row) for row in upload.files.all()}
    rows = [_row(upload, file) for file in files if file not in known]
    require_room(upload.project, sum(row.num_bytes for row in rows if not row.refused))
    UploadFile.objects.bulk_create(rows)


def _identity(row: UploadFile) -> FileIdentity:
    return FileIdentity(row.name, row.num_bytes, row.first_sha256, row.last_sha256, row.modified_ms)


def _row(upload: Upload, file: FileIdentity) -> UploadFile:
    return UploadFile(
        upload=upload,
        name=file.name,
        num_bytes=file.num_bytes,
        modified_ms=file.modified_ms,
        first_sha256=file.first_sha256,
        last_sha256=file.last_sha256,
        refused=_refusal(file),
    )


def _refusal(file: FileIdentity) -> str:
    if fault := name_fault(file.name):
        return fault
    words = {"name": file.name, "accepted": ACCEPTED_TEXT}
    if file.name.lower().endswith(PICKLE_ENDINGS):
        return (
            _(
                "%(name)s may be a pickled checkpoint, which can run code and is never read; save "
                "the model as safetensors, or take a GGUF file."
            )
            % words
        )
    if not is_accepted(file.name):
        return _("%(name)s is of no known kind; accepted endings: %(accepted)s.") % words
    if file.num_bytes == 0:
        return _("%(name)s is empty (0 bytes).") % words
    if file.num_bytes > MAX_FILE_BYTES:
        return _("%(name)s is larger than 1 TB; split it, or read it from the server.") % words
    return ""


def _title(files: Sequence[FileIdentity]) -> str:
    if folder := common_folder([file.name for file in files]):
        return folder[:80]
    first = PurePath(files[0].name).stem[:80] or files[0].name
    if len(files) == 1:
        return first
    return _("%(first)s and %(more)s more") % {"first": first, "more": len(files) - 1}


def _make_artifact(upload: Upload) -> None:
    """A folder that a killed finish has left is written anew: files may have come since."""
    files = files_arrived(upload=upload)
    _require_announced(files)
    _write(upload, files)
    with transaction.atomic():
        upload.artifact = _indexed(upload)
        upload.save(update_fields=["artifact", "updated_at"])


def _require_announced(files: Sequence[UploadFile]) -> None:
    """422 when a file is not what the client said it would be; it is expected anew then."""
    faults = [(file, fault) for file in files if (fault := fault_of(file))]
    if not faults:
        return
    for file, _fault in faults:
        file_restart(file=file)
    sentences = [*(fault for _file, fault in faults[:5]), _("Send it again from the beginning.")]
    raise ApplicationError(" ".join(sentences), status_code=HTTPStatus.UNPROCESSABLE_ENTITY)


def _write(upload: Upload, files: list[UploadFile]) -> None:
    """The artifact's files are links to the parts: a fault on the way leaves the parts whole."""
    with write_artifact(upload.folder, "upload") as draft:
        rows = []
        for number, file in enumerate(files, start=1):
            stored = f"{number:05d}{PurePath(file.name).suffix.lower()}"
            os.link(file.path, draft.path / stored)
            digest = sha256_file(draft.path / stored)
            rows.append({"name": file.name, "file": stored, "sha256": digest})
        write_json(draft.path / UPLOAD_FILES, rows)
        draft.title = upload.title
        draft.counts["files"] = len(rows)
        draft.counts["bytes"] = sum(file.num_bytes for file in files)


def _indexed(upload: Upload) -> Artifact:
    return artifact_index(
        folder=upload.folder,
        project=upload.project,
        created_by=upload.created_by,
        title=upload.title,
    )


def _reading_job(upload: Upload) -> Job:
    return job_create(
        project=upload.project,
        verb="extract",
        spec={"upload": f"artifact:{upload.artifact_id}"},
        created_by=upload.created_by,
        title=upload.title,
        idempotency_key=f"read:{upload.pk}",
    )
