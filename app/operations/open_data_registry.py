"""The registry of open data: every dataset, and every table that is none's, with the reason."""

from sqlalchemy import case, null, or_

from app.domain.audit import PUBLIC_SUBJECTS
from app.errors import NotFoundError
from app.models.audit import AuditEntry
from app.operations.audit import has_public_hash
from app.operations.open_data import BOROUGH, SHA256, WARD, Dataset, column, dataset, origin
from app.operations.open_data_bodies import BODIES
from app.operations.open_data_disputes import OBJECTIONS
from app.operations.open_data_events import MEETINGS
from app.operations.open_data_figures import FIGURES
from app.operations.open_data_places import PLACES
from app.operations.open_data_polls import BALLOTS
from app.operations.open_data_priorities import PROMISES
from app.operations.open_data_refreshes import DECISIONS
from app.operations.open_data_register import REGISTER
from app.operations.open_data_teams import TEAMS

_told = AuditEntry.subject_kind.in_(sorted(PUBLIC_SUBJECTS))
_linked = or_(AuditEntry.position == 1, has_public_hash(AuditEntry.position - 1))

AUDIT = dataset(
    "audit",
    "Public audit trail",
    "Every staff write, chained to the one before it, without who acted and why; the thing it was "
    "about is named where it is public itself.",
    (
        column("position", "integer", AuditEntry.position, "Place in the chain.", minimum=1),
        column("at", "datetime", AuditEntry.at, "When."),
        column("role", "string", AuditEntry.role, "Role of whoever acted."),
        column("action", "string", AuditEntry.action, "What was done."),
        column("subject_kind", "string", AuditEntry.subject_kind, "To what kind of thing."),
        column(
            "subject_id",
            "string",
            case((_told, AuditEntry.subject_id), else_=null()),
            "To which thing, where it is public.",
            optional=True,
        ),
        column(
            "borough_code",
            "string",
            AuditEntry.borough_code,
            "In which borough.",
            optional=True,
            **BOROUGH,
        ),
        column(
            "ward_code", "string", AuditEntry.ward_code, "In which ward.", optional=True, **WARD
        ),
        column(
            "previous_hash",
            "string",
            case((_linked, AuditEntry.previous_hash), else_=null()),
            "Hash of the entry before, unless that is from before there were blinds.",
            optional=True,
            **SHA256,
        ),
        column(
            "entry_hash",
            "string",
            case((AuditEntry.blind.is_not(None), AuditEntry.entry_hash), else_=null()),
            "SHA-256 over the whole entry, its secret blind and the hash before; empty for those "
            "from before there were blinds.",
            optional=True,
            unique=True,
            **SHA256,
        ),
    ),
    origin(AuditEntry, keys=(AuditEntry.position,)),
    key=("position",),
)

DATASETS: dict[str, Dataset] = {
    found.told.name: found
    for found in (
        *PLACES,
        *TEAMS,
        *PROMISES,
        *DECISIONS,
        *BALLOTS,
        *MEETINGS,
        *FIGURES,
        *BODIES,
        *REGISTER,
        *OBJECTIONS,
        AUDIT,
    )
}

_PERSON = "Says who a person is or was, or that they took part."
_MACHINE = "Keeps the service running; says nothing of wards."
_OWN_ADDRESS = "Given out poll by poll at its own address, with rules of its own."
_ELSEWHERE = "Another publisher's words: shown ward by ward beside ours, with where they stand."
NOT_PUBLISHED: dict[str, str] = {
    "resident": _PERSON,
    "resident_session": _PERSON,
    "sign_in": _PERSON,
    "mail": _PERSON,
    "residence_code": _PERSON,
    "spent_proof": _PERSON,
    "declaration": _PERSON,
    "demographic_answer": _PERSON,
    "second_opening": "Says who opened a count again; the poll's own address tells the outcome.",
    "envelope": "Sealed ballots: what may be told of them is in a poll's log and bundle.",
    "opened_ballot": "Single ballots: what may be told of them is in a published poll's bundle.",
    "pending_leaf": _OWN_ADDRESS,
    "log_leaf": _OWN_ADDRESS,
    "tree_head": _OWN_ADDRESS,
    "participation": _OWN_ADDRESS,
    "representation": _OWN_ADDRESS,
    "poll_estimate": _OWN_ADDRESS,
    "approval": "Acts that wait for a second person, which nobody has decided yet.",
    "partner_key": "Credentials of partners.",
    "idempotent_answer": _MACHINE,
    "quota": _MACHINE,
    "evaluation_stamp": _MACHINE,
    "revision": _MACHINE,
    "job": _MACHINE,
    "job_event": _MACHINE,
    "police_uk_neighbourhood": _ELSEWHERE,
    "police_uk_listing": _ELSEWHERE,
    "police_uk_priority": _ELSEWHERE,
    "police_uk_event": _ELSEWHERE,
    "police_uk_team": _ELSEWHERE,
    "audit_head": "Given out at `GET /v1/audit/heads`.",
    "source_body": "Bytes of other publishers; `source-copies` says where to get them.",
    "postcode": "Answered one by one at `GET /v1/locate`; the whole list is its publisher's.",
}
"""Tables that are no dataset's, and why."""


def get_dataset(name: str) -> Dataset:
    """Return a dataset by name, or raise `NotFoundError`."""
    found = DATASETS.get(name)
    if found is None:
        raise NotFoundError("dataset", name)
    return found
