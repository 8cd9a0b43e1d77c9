"""Datasets of teams: who is posted where, when officers were taken away, and the standard."""

from sqlalchemy import and_, case, select

from app.models.teams import Abstraction, CoverageStandard, Officer, Posting
from app.operations.open_data import (
    BOROUGH,
    WARD,
    borough_reference,
    column,
    dataset,
    origin,
    ward_reference,
)

POSTINGS = dataset(
    "postings",
    "Postings to teams",
    "Who is or was on the team of a ward or borough; hidden officers are left out altogether. "
    "A posting's own identifier is not public, so rows have no key; nor is the share of an "
    "officer's time: /v1/wards/{ward_code}/coverage tells the sums by role and day.",
    (
        column("officer_id", "string", Officer.id, "Identifier of the officer."),
        column("display_name", "string", Officer.display_name, "The name the public sees."),
        column("rank", "string", Officer.rank, "Rank of the officer."),
        column("fictional", "boolean", Officer.fictional, "Whether it is demonstration data."),
        column("role", "string", Posting.role, "Role on the team."),
        column(
            "ward_code",
            "string",
            Posting.ward_code,
            "The ward; empty for a borough team.",
            optional=True,
            **WARD,
        ),
        column("borough_code", "string", Posting.borough_code, "The borough.", **BOROUGH),
        column("starts_on", "date", Posting.starts_on, "First day of the posting."),
        column(
            "ends_on",
            "date",
            Posting.ends_on,
            "First day after it; empty while it runs.",
            optional=True,
        ),
    ),
    origin(
        Posting,
        Officer,
        joined=select().select_from(Posting).join(Officer, Officer.id == Posting.officer_id),
        keys=(Posting.id,),
        where=Officer.hidden.is_(False),
    ),
    references=(ward_reference(), borough_reference()),
)

_BACK = case((Posting.ends_on < Abstraction.ends_on, Posting.ends_on), else_=Abstraction.ends_on)

ABSTRACTIONS = dataset(
    "abstractions",
    "Abstractions",
    "Days on which somebody on a team was taken away from the ward, without saying who or why.",
    (
        column("borough_code", "string", Posting.borough_code, "The borough.", **BOROUGH),
        column(
            "ward_code",
            "string",
            Posting.ward_code,
            "The ward; empty for a borough team.",
            optional=True,
            **WARD,
        ),
        column("role", "string", Posting.role, "Role on the team."),
        column("starts_on", "date", Abstraction.starts_on, "First day away."),
        column("ends_on", "date", _BACK, "First day back, or after the end of the posting."),
        column(
            "exceptional",
            "boolean",
            Abstraction.exceptional,
            "Whether the circumstances were exceptional.",
        ),
    ),
    origin(
        Abstraction,
        joined=select()
        .select_from(Abstraction)
        .join(Posting, Posting.id == Abstraction.posting_id),
        keys=(Abstraction.id,),
        where=and_(Abstraction.ends_on > Posting.starts_on, Abstraction.starts_on < _BACK),
    ),
    references=(ward_reference(), borough_reference()),
)

COVERAGE_STANDARDS = dataset(
    "coverage-standards",
    "Coverage standards",
    "How many officers of a role a ward must have, and since when.",
    (
        column("id", "string", CoverageStandard.id, "Identifier of the standard.", unique=True),
        column("role", "string", CoverageStandard.role, "Role on the team."),
        column(
            "minimum",
            "integer",
            CoverageStandard.minimum,
            "Officers, full-time equivalents.",
            minimum=0,
        ),
        column(
            "ward_code",
            "string",
            CoverageStandard.ward_code,
            "The ward; empty for every ward.",
            optional=True,
            **WARD,
        ),
        column("valid_from", "date", CoverageStandard.valid_from, "First day it holds."),
        column(
            "valid_to",
            "date",
            CoverageStandard.valid_to,
            "First day it no longer holds.",
            optional=True,
        ),
        column("source", "string", CoverageStandard.source, "Who set it, and where."),
    ),
    origin(CoverageStandard, keys=(CoverageStandard.id,)),
    key=("id",),
    references=(ward_reference(),),
)

TEAMS = (POSTINGS, ABSTRACTIONS, COVERAGE_STANDARDS)
