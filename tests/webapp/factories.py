"""Rows for tests: one project with people of every role, and one object per URL argument.

To test a route with a new argument, add a function to `KWARGS`; it makes the object in the world's
project, so that members see it and the stranger does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from training.folder.artifact import MANIFEST, describe_files
from training.folder.atomic import write_json
from webapp.accounts.models import ApiToken, User
from webapp.accounts.services import api_token_create
from webapp.core.roles import Role
from webapp.corpora.models import RuleSet, Upload
from webapp.corpora.services import FileIdentity, upload_start
from webapp.jobs.models import Artifact, GroupKind, Job, JobGroup
from webapp.jobs.services.creation import job_create
from webapp.projects.invites import invite_create
from webapp.projects.models import Invite, Membership, Project
from webapp.projects.services import project_create

PASSWORD = "correct horse battery"


def make_user(username: str) -> User:
    """A user who can log in with PASSWORD."""
    return User.objects.create_user(username=username, password=PASSWORD)


def make_project(owner: User, name: str = "Shared project") -> Project:
    """A project with its owner."""
    return project_create(owner=owner, name=name)


def add_member(project: Project, user: User, role: Role) -> Membership:
    """A membership."""
    return Membership.objects.create(project=project, user=user, role=role)


def make_job(project: Project, user: User | None = None, **fields: Any) -> Job:
    """A sleeping job that waits; ``fields`` are set on the row afterwards."""
    job = job_create(project=project, verb="sleep", spec={"seconds": 1}, created_by=user)
    if fields:
        Job.objects.filter(pk=job.pk).update(**fields)
        job.refresh_from_db()
    return job


def write_stored(folder: Path, name: str, data: bytes = b"{}") -> None:
    """A folder as checkpoints and artifacts are: files, and a manifest with their hashes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    write_json(folder / MANIFEST, {"format_version": 1, "files": describe_files(folder)})


@dataclass
class World:
    """A project with an owner, an editor and a viewer; and a stranger with a project elsewhere."""

    owner: User
    editor: User
    viewer: User
    stranger: User
    project: Project

    @classmethod
    def make(cls) -> World:
        """All of them, saved."""
        owner, editor, viewer, stranger = (
            make_user(name) for name in ("owner", "editor", "viewer", "stranger")
        )
        project = make_project(owner)
        add_member(project, editor, Role.EDITOR)
        add_member(project, viewer, Role.VIEWER)
        make_project(stranger, "Elsewhere")
        return cls(owner, editor, viewer, stranger, project)

    @cached_property
    def extra_member(self) -> Membership:
        """A member who is none of the four."""
        return add_member(self.project, make_user("extra"), Role.VIEWER)

    @cached_property
    def invite(self) -> tuple[Invite, str]:
        """An invitation and its secret."""
        return invite_create(project=self.project, creator=self.owner, role=Role.EDITOR)

    @cached_property
    def token(self) -> ApiToken:
        """An API token of the owner."""
        return api_token_create(user=self.owner, name="script", num_days=None)[0]

    @cached_property
    def job(self) -> Job:
        """A waiting job of the editor."""
        return make_job(self.project, self.editor)

    @cached_property
    def artifact(self) -> Artifact:
        """A row without a folder."""
        return Artifact.objects.create(
            project=self.project, kind="report", path=f"jobs/{uuid.uuid4()}/output"
        )

    @cached_property
    def checkpoint_step(self) -> int:
        """A whole checkpoint (and a log) in the folder of the job."""
        folder = self.job.folder.checkpoint(20)
        write_stored(folder, self.stored_name)
        self.job.folder.log.write_text("step 20\n")
        return 20

    stored_name = "config.json"

    @cached_property
    def stored(self) -> Artifact:
        """An artifact with one file."""
        path = f"jobs/{uuid.uuid4()}/output"
        artifact = Artifact.objects.create(project=self.project, kind="model", path=path)
        write_stored(artifact.folder, self.stored_name)
        return artifact

    @cached_property
    def session(self) -> Job:
        """A waiting job that will serve a model."""
        spec = {"model": f"artifact:{self.stored.pk}", "second_model": ""}
        job = make_job(self.project, self.editor)
        Job.objects.filter(pk=job.pk).update(verb="serve", spec=spec)
        job.refresh_from_db()
        return job

    @cached_property
    def documents(self) -> Artifact:
        """A row of documents without a folder."""
        return Artifact.objects.create(
            project=self.project, kind="documents", path=f"jobs/{uuid.uuid4()}/output"
        )

    @cached_property
    def tasks(self) -> Artifact:
        """A row of a task set without a folder."""
        return Artifact.objects.create(
            project=self.project, kind="tasks", path=f"jobs/{uuid.uuid4()}/output"
        )

    @cached_property
    def tokens(self) -> Artifact:
        """A row of tokens without a folder."""
        return Artifact.objects.create(
            project=self.project, kind="tokens", path=f"jobs/{uuid.uuid4()}/output"
        )

    @cached_property
    def corpus(self) -> Artifact:
        """A row of a corpus version without a folder, over the documents."""
        path = f"jobs/{uuid.uuid4()}/output"
        corpus = Artifact.objects.create(project=self.project, kind="corpus", path=path)
        corpus.sources.add(self.documents)
        return corpus

    @cached_property
    def contamination(self) -> Artifact:
        """A row of a search for evaluation sets without a folder, over the documents."""
        path = f"jobs/{uuid.uuid4()}/output"
        search = Artifact.objects.create(project=self.project, kind="contamination", path=path)
        search.sources.add(self.documents)
        return search

    @cached_property
    def comparison(self) -> Artifact:
        """A row of a comparison of tokenizers without a folder."""
        path = f"jobs/{uuid.uuid4()}/output"
        kind = "tokenizer_comparison"
        return Artifact.objects.create(project=self.project, kind=kind, path=path)

    @cached_property
    def benchmark(self) -> Artifact:
        """A row of a benchmark without a folder."""
        path = f"jobs/{uuid.uuid4()}/output"
        return Artifact.objects.create(project=self.project, kind="benchmark", path=path)

    @cached_property
    def losses(self) -> Artifact:
        """A row of losses without a folder."""
        path = f"jobs/{uuid.uuid4()}/output"
        return Artifact.objects.create(project=self.project, kind="losses", path=path)

    @cached_property
    def evaluation(self) -> Artifact:
        """A row of an evaluation without a folder."""
        path = f"jobs/{uuid.uuid4()}/output"
        return Artifact.objects.create(project=self.project, kind="evaluation", path=path)

    @cached_property
    def classifier(self) -> Artifact:
        """A row of a classifier without a folder."""
        path = f"jobs/{uuid.uuid4()}/output"
        return Artifact.objects.create(project=self.project, kind="classifier", path=path)

    @cached_property
    def rule_set(self) -> RuleSet:
        """A saved set of rules."""
        return RuleSet.objects.create(project=self.project, name="Mine", text="rules: {}")

    @cached_property
    def ablation(self) -> JobGroup:
        """An ablation without runs."""
        kind = GroupKind.ABLATION
        return JobGroup.objects.create(project=self.project, kind=kind, title="Norms")

    @cached_property
    def upload(self) -> Upload:
        """An upload of one file, of which nothing has arrived."""
        file = FileIdentity("text.txt", 5, "0" * 64, "0" * 64)
        return upload_start(project=self.project, created_by=self.owner, files=[file])


KWARGS: dict[str, Callable[[World], object]] = {
    "project_id": lambda world: world.project.pk,
    "membership_id": lambda world: world.extra_member.pk,
    "invite_id": lambda world: world.invite[0].pk,
    "secret": lambda world: world.invite[1],
    "job_id": lambda world: world.job.pk,
    "artifact_id": lambda world: world.artifact.pk,
    "result_id": lambda world: world.tokens.pk,
    "page": lambda world: "sleep",
    "step": lambda world: world.checkpoint_step,
    "name": lambda world: world.stored_name,
    "stored_id": lambda world: world.stored.pk,
    "report_id": lambda world: world.artifact.pk,
    "documents_id": lambda world: world.documents.pk,
    "tasks_id": lambda world: world.tasks.pk,
    "corpus_id": lambda world: world.corpus.pk,
    "contamination_id": lambda world: world.contamination.pk,
    "comparison_id": lambda world: world.comparison.pk,
    "benchmark_id": lambda world: world.benchmark.pk,
    "losses_id": lambda world: world.losses.pk,
    "document": lambda _world: 0,
    "doc_id": lambda _world: "0" * 32,
    "evaluation_id": lambda world: world.evaluation.pk,
    "set_id": lambda world: world.rule_set.pk,
    "classifier_id": lambda world: world.classifier.pk,
    "other_id": lambda world: world.corpus.pk,
    "index": lambda _world: 0,
    "upload_id": lambda world: world.upload.pk,
    "file_id": lambda world: world.upload.files.get().pk,
    "group_id": lambda world: world.ablation.pk,
    "session_id": lambda world: world.session.pk,
    "token_id": lambda world: world.token.public_id,
}
