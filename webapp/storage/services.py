"""Deleting with everything derived: the upload's row, then what the job system knows."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction

from webapp.corpora.models import Upload
from webapp.jobs.lineage import Derived
from webapp.jobs.models import Artifact
from webapp.jobs.services.derived import derived_delete


@transaction.atomic
def delete_with_derived(*, artifact: Artifact, keep: Collection[uuid.UUID] = ()) -> Derived:
    """Of an upload no byte is left under the home folder, but in the jobs that are kept."""
    Upload.objects.filter(artifact=artifact).delete()
    return derived_delete(root=artifact, keep=keep)
