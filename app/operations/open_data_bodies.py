"""Datasets of boards, facilities with their hours, and promised publications."""

from app.domain.open_data import Reference
from app.models.boards import Board, BoardDecision, BoardMeeting, BoardMember
from app.models.facilities import Facility, FacilityHours
from app.models.publications import Publication, PublicationRelease
from app.operations.open_data import BOROUGH, SHA256, borough_reference, column, dataset, origin

_board = Reference(("board_id",), "boards", ("id",))
_facility = Reference(("facility_id",), "facilities", ("id",))

BOARDS = dataset(
    "boards",
    "Policing and partnership boards",
    "The boards of the boroughs (plan C17), at work on [established_on, dissolved_on).",
    (
        column("id", "string", Board.id, "Identifier of the board.", unique=True),
        column("borough_code", "string", Board.borough_code, "Its borough.", **BOROUGH),
        column("name", "string", Board.name, "What it is called."),
        column("terms", "string", Board.terms, "Its terms of reference.", optional=True),
        column("terms_url", "string", Board.terms_url, "Where they stand.", optional=True),
        column("established_on", "date", Board.established_on, "Its first day."),
        column(
            "dissolved_on", "date", Board.dissolved_on, "The day after its last.", optional=True
        ),
        column("dissolve_reason", "string", Board.dissolve_reason, "Why it ended.", optional=True),
    ),
    origin(Board, keys=(Board.id,)),
    key=("id",),
    references=(borough_reference(),),
)

BOARD_MEMBERS = dataset(
    "board-members",
    "Seats of boards",
    "Seats by kind, taken for [starts_on, ends_on); no person is named.",
    (
        column("id", "string", BoardMember.id, "Identifier of the seat.", unique=True),
        column("board_id", "string", BoardMember.board_id, "The board."),
        column("kind", "string", BoardMember.kind, "Whom the seat is for."),
        column("label", "string", BoardMember.label, "The role it is held in.", optional=True),
        column("starts_on", "date", BoardMember.starts_on, "Its first day."),
        column("ends_on", "date", BoardMember.ends_on, "The day after its last.", optional=True),
    ),
    origin(BoardMember, keys=(BoardMember.id,)),
    key=("id",),
    references=(_board,),
)

BOARD_MEETINGS = dataset(
    "board-meetings",
    "Meetings of boards",
    "Meetings that are planned, were held or were cancelled.",
    (
        column("id", "string", BoardMeeting.id, "Identifier of the meeting.", unique=True),
        column("board_id", "string", BoardMeeting.board_id, "The board."),
        column("meets_on", "date", BoardMeeting.meets_on, "Its day."),
        column("status", "string", BoardMeeting.status, "Planned, held or cancelled."),
        column("status_reason", "string", BoardMeeting.status_reason, "Why.", optional=True),
        column(
            "open_to_public", "boolean", BoardMeeting.open_to_public, "Whether anyone may come."
        ),
        column("attendance", "object", BoardMeeting.attendance, "Who came, by kind of member."),
        column("minutes_url", "string", BoardMeeting.minutes_url, "The minutes.", optional=True),
        column(
            "minutes_published_on",
            "date",
            BoardMeeting.minutes_published_on,
            "When the minutes came out.",
            optional=True,
        ),
    ),
    origin(BoardMeeting, keys=(BoardMeeting.id,)),
    key=("id",),
    references=(_board,),
)

BOARD_DECISIONS = dataset(
    "board-decisions",
    "Decisions of boards",
    "What was decided, who does it by when, and what came of it.",
    (
        column("id", "string", BoardDecision.id, "Identifier of the decision.", unique=True),
        column("meeting_id", "string", BoardDecision.meeting_id, "The meeting."),
        column("text", "string", BoardDecision.text, "What was decided."),
        column("decided_on", "date", BoardDecision.decided_on, "When."),
        column("owner", "string", BoardDecision.owner, "The role that does it."),
        column("due_on", "date", BoardDecision.due_on, "By when.", optional=True),
        column("outcome", "string", BoardDecision.outcome, "What came of it.", optional=True),
        column("outcome_on", "date", BoardDecision.outcome_on, "Known since.", optional=True),
        column("outcome_note", "string", BoardDecision.outcome_note, "In words.", optional=True),
    ),
    origin(BoardDecision, keys=(BoardDecision.id,)),
    key=("id",),
    references=(Reference(("meeting_id",), "board-meetings", ("id",)),),
)

FACILITIES = dataset(
    "facilities",
    "Police facilities",
    "Front counters, bases and shared premises (plan C19), open on [opened_on, closed_on).",
    (
        column("id", "string", Facility.id, "Identifier of the facility.", unique=True),
        column("borough_code", "string", Facility.borough_code, "Its borough.", **BOROUGH),
        column("kind", "string", Facility.kind, "What it is."),
        column("name", "string", Facility.name, "What it is called."),
        column("address", "string", Facility.address, "Where it stands."),
        column("opened_on", "date", Facility.opened_on, "Its first day."),
        column("closed_on", "date", Facility.closed_on, "The day after its last.", optional=True),
        column("close_reason", "string", Facility.close_reason, "Why it closed.", optional=True),
    ),
    origin(Facility, keys=(Facility.id,), geometry=Facility.location),
    key=("id",),
    references=(borough_reference(),),
    geometry="The point where it stands, where one is given.",
)

FACILITY_HOURS = dataset(
    "facility-hours",
    "Opening hours of facilities",
    "The hours kept on [valid_from, valid_to); retracted rows stay, with the reason.",
    (
        column("id", "string", FacilityHours.id, "Identifier of these hours.", unique=True),
        column("facility_id", "string", FacilityHours.facility_id, "The facility."),
        column("valid_from", "date", FacilityHours.valid_from, "The first day."),
        column("valid_to", "date", FacilityHours.valid_to, "After the last.", optional=True),
        column("is_24_7", "boolean", FacilityHours.is_24_7, "Whether it never closes."),
        column("weekly", "object", FacilityHours.weekly, "Opening hours by weekday, London time."),
        column("verified_on", "date", FacilityHours.verified_on, "When somebody made sure."),
        column("source", "string", FacilityHours.source, "Who said so."),
        column(
            "retracted_at",
            "datetime",
            FacilityHours.retracted_at,
            "When the row was found wrong.",
            optional=True,
        ),
        column("retracted_reason", "string", FacilityHours.retracted_reason, "Why.", optional=True),
    ),
    origin(FacilityHours, keys=(FacilityHours.id,)),
    key=("id",),
    references=(_facility,),
)

PUBLICATIONS = dataset(
    "publications",
    "Promised publications",
    "What the force promised to publish, once or with a cadence.",
    (
        column("code", "string", Publication.code, "Code of the series.", unique=True),
        column("title", "string", Publication.title, "What it is called."),
        column("description", "string", Publication.description, "What was promised."),
        column("owner", "string", Publication.owner, "Who promised it."),
        column(
            "cadence_months",
            "integer",
            Publication.cadence_months,
            "Months from one to the next; empty for once.",
            optional=True,
            minimum=1,
        ),
        column("first_due_on", "date", Publication.first_due_on, "When the first is due."),
        column("reading", "string", Publication.reading, "How the promise's date is read."),
        column("commitments", "array", Publication.commitments, "Codes of the commitments."),
        column("url", "string", Publication.url, "Where it appears.", optional=True),
    ),
    origin(Publication, keys=(Publication.code,)),
    key=("code",),
)

PUBLICATION_RELEASES = dataset(
    "publication-releases",
    "Releases of promised publications",
    "What did come out; withdrawn releases stay, with the reason.",
    (
        column("id", "string", PublicationRelease.id, "Identifier of the release.", unique=True),
        column("publication_code", "string", PublicationRelease.publication_code, "The series."),
        column("period", "string", PublicationRelease.period, "What it speaks of."),
        column("due_on", "date", PublicationRelease.due_on, "When it was due.", optional=True),
        column("published_on", "date", PublicationRelease.published_on, "When it came out."),
        column("url", "string", PublicationRelease.url, "Where it stands."),
        column(
            "sha256",
            "string",
            PublicationRelease.sha256,
            "Hash of its bytes.",
            optional=True,
            **SHA256,
        ),
        column(
            "withdrawn_at",
            "datetime",
            PublicationRelease.withdrawn_at,
            "When it was withdrawn here.",
            optional=True,
        ),
        column(
            "withdrawn_reason",
            "string",
            PublicationRelease.withdrawn_reason,
            "Why.",
            optional=True,
        ),
    ),
    origin(PublicationRelease, keys=(PublicationRelease.id,)),
    key=("id",),
    references=(Reference(("publication_code",), "publications", ("code",)),),
)

BODIES = (
    BOARDS,
    BOARD_MEMBERS,
    BOARD_MEETINGS,
    BOARD_DECISIONS,
    FACILITIES,
    FACILITY_HOURS,
    PUBLICATIONS,
    PUBLICATION_RELEASES,
)
