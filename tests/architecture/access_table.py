"""Who may do what: every route by name, every verb it answers, the least that is needed.

A route or verb that is not here fails `test_access.py`, a websocket `test_socket_access.py`. To add
a page, add its row, the row of its API route, and, for an unsafe action, the pair in ``API_TWINS``.
Split by app past 400 lines.
"""

from __future__ import annotations

from enum import Enum


class Needs(Enum):
    """The least that somebody must be. Members below it get 403, strangers 404."""

    NOTHING = "anybody, without login"
    LOGIN = "any user"
    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"
    SELF = "the user whose row it is (here: the owner); everybody else gets 404"
    NEVER = "404 for everybody once there is an account"


NOTHING, LOGIN, VIEWER, EDITOR, OWNER, SELF, NEVER = Needs

ACCESS: dict[str, dict[str, Needs]] = {
    # core
    "core:healthz": {"GET": NOTHING},
    "core:patterns": {"GET": NOTHING},
    "core:api-docs": {"GET": LOGIN},
    "api:schema": {"GET": LOGIN},
    # accounts
    "accounts:login": {"GET": NOTHING, "POST": NOTHING},
    "accounts:logout": {"POST": LOGIN},
    "accounts:profile": {"GET": LOGIN, "POST": LOGIN},
    "accounts:password": {"GET": LOGIN, "POST": LOGIN},
    "accounts:theme": {"POST": LOGIN},
    "accounts:tokens": {"GET": LOGIN, "POST": LOGIN},
    "accounts:token-revoke": {"POST": SELF},
    "api:me": {"GET": LOGIN, "PATCH": LOGIN},
    "api:password": {"POST": LOGIN},
    "api:tokens": {"GET": LOGIN, "POST": LOGIN},
    "api:token": {"DELETE": SELF},
    # projects
    "projects:home": {"GET": LOGIN},
    "projects:setup": {"GET": NEVER, "POST": NEVER},
    "projects:invite-accept": {"GET": NOTHING, "POST": NOTHING},
    "projects:list": {"GET": LOGIN},
    "projects:new": {"GET": LOGIN, "POST": LOGIN},
    "projects:overview": {"GET": VIEWER},
    "projects:settings": {"GET": VIEWER, "POST": OWNER},
    "projects:delete": {"POST": OWNER},
    "projects:members": {"GET": VIEWER, "POST": OWNER},
    "projects:member-role": {"POST": OWNER},
    "projects:member-remove": {"POST": OWNER},
    "projects:invite-create": {"POST": OWNER},
    "projects:invite-revoke": {"POST": OWNER},
    "api:projects": {"GET": LOGIN, "POST": LOGIN},
    "api:project": {"GET": VIEWER, "PATCH": OWNER, "DELETE": OWNER},
    "api:members": {"GET": VIEWER, "POST": OWNER},
    "api:member": {"PATCH": OWNER, "DELETE": OWNER},
    "api:invites": {"GET": OWNER, "POST": OWNER},
    "api:invite": {"DELETE": OWNER},
    # jobs
    "jobs:queue": {"GET": VIEWER},
    "jobs:calibrate": {"POST": EDITOR},
    "jobs:move": {"POST": EDITOR},
    "jobs:stop": {"POST": EDITOR},
    "jobs:pause": {"POST": EDITOR},
    "jobs:resume": {"POST": EDITOR},
    "jobs:cancel": {"POST": EDITOR},
    "api:jobs": {"GET": VIEWER, "POST": EDITOR},
    "api:groups": {"POST": EDITOR},
    "api:artifacts": {"GET": VIEWER},
    "api:job": {"GET": VIEWER, "PATCH": EDITOR, "DELETE": EDITOR},
    "api:job-stop": {"POST": EDITOR},
    "api:job-pause": {"POST": EDITOR},
    "api:job-resume": {"POST": EDITOR},
    "api:job-cancel": {"POST": EDITOR},
    "api:job-move": {"POST": EDITOR},
    "api:job-clone": {"POST": EDITOR},
    "api:job-complete": {"POST": EDITOR},
    "api:artifact": {"GET": VIEWER},
    "api:queue": {"GET": LOGIN},
    "api:machines": {"GET": LOGIN},
    # tokenizers
    "tokenizers:list": {"GET": VIEWER},
    "tokenizers:detail": {"GET": VIEWER},
    # builder
    "builder:new": {"GET": EDITOR, "POST": EDITOR},
    "builder:check": {"POST": VIEWER},
    "builder:job-settings": {"GET": VIEWER},
    "api:check": {"POST": VIEWER},
    "api:job-settings": {"GET": VIEWER},
    # runs
    "runs:list": {"GET": VIEWER},
    "runs:detail": {"GET": VIEWER},
    "runs:log": {"GET": VIEWER},
    "runs:step": {"GET": VIEWER},
    "runs:seen": {"GET": VIEWER},
    "runs:samples": {"GET": VIEWER},
    "runs:system": {"GET": VIEWER},
    "runs:compare": {"GET": VIEWER},
    "runs:events": {"GET": VIEWER},
    "runs:settings": {"GET": VIEWER},
    "runs:chain": {"GET": VIEWER},
    "runs:small": {"POST": EDITOR},
    "runs:running": {"GET": VIEWER},
    "runs:rename": {"POST": EDITOR},
    "runs:clone": {"POST": EDITOR},
    "api:runs": {"GET": VIEWER},
    "api:run": {"GET": VIEWER},
    "api:run-series": {"GET": VIEWER},
    "api:run-step": {"GET": VIEWER},
    "api:run-seen": {"GET": VIEWER},
    "api:run-log": {"GET": VIEWER},
    "api:compare": {"GET": VIEWER},
    "api:small-run": {"POST": EDITOR},
    "api:job-live": {"GET": VIEWER},
    # corpora
    "corpora:list": {"GET": VIEWER},
    "corpora:upload": {"GET": EDITOR},
    "corpora:upload-delete": {"POST": EDITOR},
    "corpora:server-folder": {"GET": EDITOR, "POST": EDITOR},
    "corpora:documents": {"GET": VIEWER},
    "corpora:edits": {"GET": VIEWER},
    "api:documents-edits": {"GET": VIEWER},
    "corpora:job-forget": {"POST": EDITOR},
    "corpora:upload-files": {"GET": VIEWER},
    "api:folders": {"GET": EDITOR, "POST": EDITOR},
    "corpora:classifiers": {"GET": VIEWER},
    "corpora:classifier": {"GET": VIEWER},
    "corpora:contamination": {"GET": VIEWER},
    "corpora:contamination-without": {"POST": EDITOR},
    "corpora:version-new": {"GET": EDITOR},
    "corpora:version-start": {"POST": EDITOR},
    "corpora:version": {"GET": VIEWER},
    "corpora:version-document": {"GET": VIEWER},
    "corpora:version-difference": {"GET": VIEWER},
    "corpora:version-search": {"GET": VIEWER},
    "corpora:version-mixture": {"GET": VIEWER},
    "api:corpus-mixture": {"GET": VIEWER},
    "corpora:version-clusters": {"GET": VIEWER},
    "corpora:version-cluster": {"GET": VIEWER},
    "corpora:version-save": {"POST": EDITOR},
    "corpora:version-exports": {"GET": VIEWER},
    "corpora:version-export": {"POST": EDITOR},
    "api:contaminations": {"GET": VIEWER},
    "api:contamination": {"GET": VIEWER},
    "api:contamination-hits": {"GET": VIEWER},
    "api:classifiers": {"GET": VIEWER},
    "api:classifier": {"GET": VIEWER},
    "api:corpora": {"GET": VIEWER, "POST": EDITOR},
    "api:corpus": {"GET": VIEWER},
    "api:corpus-filter": {"POST": VIEWER},
    "api:corpus-document": {"GET": VIEWER},
    "api:corpus-search": {"GET": VIEWER},
    "api:corpus-clusters": {"GET": VIEWER},
    "api:corpus-cluster": {"GET": VIEWER},
    "api:corpus-difference": {"GET": VIEWER},
    "api:corpus-exports": {"GET": VIEWER, "POST": EDITOR},
    "api:uploads": {"GET": VIEWER, "POST": EDITOR},
    "api:upload": {"GET": VIEWER, "DELETE": EDITOR},
    "api:upload-finish": {"POST": EDITOR},
    "api:upload-file": {"PATCH": EDITOR, "DELETE": EDITOR},
    # task sets
    "tasksets:list": {"GET": VIEWER},
    "tasksets:new": {"GET": EDITOR, "POST": EDITOR},
    "tasksets:preview": {"GET": EDITOR},
    "tasksets:detail": {"GET": VIEWER},
    "tasksets:rows": {"GET": VIEWER},
    "tasksets:tokens": {"GET": VIEWER},
    "tasksets:delete": {"POST": EDITOR},
    "api:task-sets": {"GET": VIEWER, "POST": EDITOR},
    "api:task-set-preview": {"POST": EDITOR},
    "api:task-set": {"GET": VIEWER},
    "api:task-set-rows": {"GET": VIEWER},
    "api:task-set-tokens": {"GET": VIEWER},
    # checkpoints and downloads
    "checkpoints:list": {"GET": VIEWER},
    "checkpoints:of-run": {"GET": VIEWER},
    "checkpoints:verify": {"POST": EDITOR},
    "api:checkpoints": {"GET": VIEWER},
    "api:checkpoint-verify": {"POST": EDITOR},
    "api:checkpoint-tar": {"GET": VIEWER},
    "api:checkpoint-file": {"GET": VIEWER},
    "api:job-log": {"GET": VIEWER},
    "api:stored-files": {"GET": VIEWER},
    "api:stored-tar": {"GET": VIEWER},
    "api:stored-file": {"GET": VIEWER},
    # playground
    "playground:index": {"GET": VIEWER, "POST": EDITOR},
    "playground:session": {"GET": VIEWER, "POST": EDITOR},
    "playground:state": {"GET": VIEWER},
    # storage
    "storage:project": {"GET": VIEWER},
    "storage:delete": {"GET": EDITOR, "POST": EDITOR},
    "api:derived": {"GET": VIEWER, "DELETE": EDITOR},
    # reports
    "reports:list": {"GET": VIEWER},
    "reports:report": {"GET": VIEWER},
    "reports:of-run": {"GET": VIEWER},
    "reports:write": {"POST": EDITOR},
    "reports:of-corpus": {"GET": VIEWER, "POST": EDITOR},
    "api:reports": {"GET": VIEWER},
    "api:run-report": {"POST": EDITOR},
    "api:corpus-reports": {"GET": VIEWER, "POST": EDITOR},
}

# Websockets by address: the least that is needed to open one. Whoever is below it is refused as for
# a job that does not exist.
SOCKETS: dict[str, Needs] = {
    "ws/jobs/<uuid:job_id>/": VIEWER,
    "ws/playground/<uuid:job_id>/": EDITOR,
}

# What a stranger without a login may read. Anything else with 200 is a hole.
OPEN_WITHOUT_LOGIN = {
    "core:healthz",
    "core:patterns",  # routed under DEBUG and in tests only
    "accounts:login",
    "projects:invite-accept",
}

# The API route that does what a page's unsafe action does; or why there is none.
API_TWINS: dict[tuple[str, str], tuple[str, str] | str] = {
    ("accounts:login", "POST"): "a script uses an API token instead of a session",
    ("accounts:logout", "POST"): "a script uses an API token instead of a session",
    ("accounts:profile", "POST"): ("api:me", "PATCH"),
    ("accounts:theme", "POST"): ("api:me", "PATCH"),
    ("accounts:password", "POST"): ("api:password", "POST"),
    ("accounts:tokens", "POST"): ("api:tokens", "POST"),
    ("accounts:token-revoke", "POST"): ("api:token", "DELETE"),
    ("projects:setup", "POST"): "only a person with the printed link makes the first account",
    ("projects:invite-accept", "POST"): "only a person with the link makes an account",
    ("projects:new", "POST"): ("api:projects", "POST"),
    ("projects:settings", "POST"): ("api:project", "PATCH"),
    ("projects:delete", "POST"): ("api:project", "DELETE"),
    ("projects:members", "POST"): ("api:members", "POST"),
    ("projects:member-role", "POST"): ("api:member", "PATCH"),
    ("projects:member-remove", "POST"): ("api:member", "DELETE"),
    ("projects:invite-create", "POST"): ("api:invites", "POST"),
    ("projects:invite-revoke", "POST"): ("api:invite", "DELETE"),
    ("jobs:calibrate", "POST"): ("api:jobs", "POST"),
    ("jobs:move", "POST"): ("api:job-move", "POST"),
    ("jobs:stop", "POST"): ("api:job-stop", "POST"),
    ("jobs:pause", "POST"): ("api:job-pause", "POST"),
    ("jobs:resume", "POST"): ("api:job-resume", "POST"),
    ("jobs:cancel", "POST"): ("api:job-cancel", "POST"),
    ("corpora:server-folder", "POST"): ("api:folders", "POST"),
    ("builder:new", "POST"): ("api:groups", "POST"),
    ("builder:check", "POST"): ("api:check", "POST"),
    ("storage:delete", "POST"): ("api:derived", "DELETE"),
    ("corpora:upload-delete", "POST"): ("api:upload", "DELETE"),
    ("corpora:job-forget", "POST"): ("api:job", "DELETE"),
    ("corpora:version-start", "POST"): ("api:corpora", "POST"),
    ("corpora:contamination-without", "POST"): ("api:corpora", "POST"),
    ("corpora:version-save", "POST"): ("api:corpora", "POST"),
    ("corpora:version-export", "POST"): ("api:corpus-exports", "POST"),
    ("playground:index", "POST"): ("api:jobs", "POST"),
    ("playground:session", "POST"): ("api:job-complete", "POST"),
    ("tasksets:new", "POST"): ("api:task-sets", "POST"),
    ("tasksets:delete", "POST"): ("api:job", "DELETE"),
    ("runs:small", "POST"): ("api:small-run", "POST"),
    ("runs:rename", "POST"): ("api:job", "PATCH"),
    ("checkpoints:verify", "POST"): ("api:checkpoint-verify", "POST"),
    ("reports:write", "POST"): ("api:run-report", "POST"),
    ("reports:of-corpus", "POST"): ("api:corpus-reports", "POST"),
    ("runs:clone", "POST"): ("api:job-clone", "POST"),
}
