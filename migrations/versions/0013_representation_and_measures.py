"""Sealed demographic answers, who took part by group, and the measures that the plan names."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

PLAN = "A New Met for London 2023-25, headline measures"
SURVEY = "survey"
CRIME = "recorded_crime"
NOT_HELD = "not_held"

TRUST = {
    "good-job-locally": (
        "Thinks the Met does a good job locally",
        "Share of Londoners asked who think that the Met is doing a good job in their area.",
    ),
    "trust-the-met": (
        "Trusts the Met",
        "Share of Londoners asked who trust the Met.",
    ),
    "victims-satisfied": (
        "Victims satisfied with the service",
        "Share of victims of crime asked who are satisfied with the service that the Met gave.",
    ),
    "treated-fairly": (
        "Expects to be treated fairly by the Met",
        "Share of Londoners asked who believe that the Met would treat them fairly.",
    ),
    "stop-and-search-fair": (
        "Thinks that stop and search is used fairly",
        "Share of Londoners asked who believe that the Met uses stop and search fairly.",
    ),
}
CRIMES = {
    "personal-robbery": (
        "Personal robbery",
        (
            "Offences of robbery of personal property. The Met's ward file has them apart; "
            "police.uk shows all robbery together."
        ),
        CRIME,
    ),
    "theft-from-person": (
        "Theft from the person",
        "Offences of theft from the person, in the Met's ward file and in police.uk.",
        CRIME,
    ),
    "residential-burglary": (
        "Residential burglary",
        "Offences of burglary of a home. The Met's ward file has them apart; police.uk does not.",
        CRIME,
    ),
    "vehicle-crime": (
        "Vehicle crime",
        "Offences of theft of and from vehicles, in the Met's ward file and in police.uk.",
        CRIME,
    ),
    "all-robbery": (
        "All robbery",
        "Offences of robbery of persons and businesses, in the Met's ward file and in police.uk.",
        CRIME,
    ),
    "violence-with-injury": (
        "Violence with injury",
        (
            "Offences of violence with injury. The Met's ward file has them apart; police.uk puts "
            "all violence and sexual offences together."
        ),
        CRIME,
    ),
    "homicide": (
        "Homicide",
        "Offences of homicide. The Met's ward file has them apart; police.uk does not.",
        CRIME,
    ),
    "lethal-barrel-discharges": (
        "Lethal barrel discharges",
        "Firearms discharged with a lethal barrel. No file that is imported here counts them.",
        NOT_HELD,
    ),
    "public-protection": (
        "Public protection outcomes",
        (
            "Outcomes of rape, other serious sexual offences, domestic abuse, stalking and "
            "harassment. No file that is imported here holds outcomes."
        ),
        NOT_HELD,
    ),
    "hate-crime": (
        "Hate crime outcomes",
        "Outcomes of hate crime. No file that is imported here marks hate crime.",
        NOT_HELD,
    ),
    "repeat-asb": (
        "Anti-social behaviour incidents and calls to repeat locations",
        (
            "Incidents of anti-social behaviour and calls to the same places. The Met's ward file "
            "has none; police.uk counts incidents by month without repeat locations."
        ),
        NOT_HELD,
    ),
}


def upgrade() -> None:
    """Write the tables and the definitions of measures, without any value."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "demographic_answer",
        sa.Column("pseudonym", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_until", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name=op.f("pk_demographic_answer")),
    )
    op.create_index(op.f("ix_demographic_answer_kept_until"), "demographic_answer", ["kept_until"])
    op.create_table(
        "representation",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("proof", JSON, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_representation_round_id")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_representation")),
    )
    op.create_table(
        "poll_estimate",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("estimate", JSON, nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_estimate_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_poll_estimate")),
    )
    _create_measures()


def _create_measures() -> None:
    measure = op.create_table(
        "measure",
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("pillar", sa.String(30), nullable=False),
        sa.Column("commitments", JSON, nullable=False),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("definition", sa.String(1000), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("held_as", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_measure")),
    )
    op.create_table(
        "measure_value",
        sa.Column("measure_code", sa.String(60), nullable=False),
        sa.Column("area_code", sa.String(9), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("group_code", sa.String(40), nullable=False),
        sa.Column("proportion", sa.Double(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("proportion BETWEEN 0 AND 1", name=op.f("ck_measure_value_proportion")),
        sa.CheckConstraint("base >= 1", name=op.f("ck_measure_value_base")),
        sa.ForeignKeyConstraint(
            ["measure_code"], ["measure.code"], name=op.f("fk_measure_value_measure_code")
        ),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["source_copy.id"], name=op.f("fk_measure_value_copy_id")
        ),
        sa.PrimaryKeyConstraint(
            "measure_code", "area_code", "period_on", "group_code", name=op.f("pk_measure_value")
        ),
    )
    op.create_index("ix_measure_value_area_code", "measure_value", ["area_code"])
    op.create_index(op.f("ix_measure_value_copy_id"), "measure_value", ["copy_id"])
    op.bulk_insert(measure, _definitions())


def _definitions() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {
            "code": code,
            "label": label,
            "pillar": "more_trust",
            "commitments": ["C12", "C13", "C14"],
            "direction": "up",
            "unit": "proportion",
            "definition": definition,
            "source": PLAN,
            "held_as": SURVEY,
        }
        for code, (label, definition) in TRUST.items()
    ]
    rows += [
        {
            "code": code,
            "label": label,
            "pillar": "less_crime",
            "commitments": ["C15"],
            "direction": "up" if held == NOT_HELD and "outcomes" in label.lower() else "down",
            "unit": "proportion" if "outcomes" in label.lower() else "count",
            "definition": definition,
            "source": PLAN,
            "held_as": held,
        }
        for code, (label, definition, held) in CRIMES.items()
    ]
    return rows


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    for table in (
        "measure_value",
        "measure",
        "poll_estimate",
        "representation",
        "demographic_answer",
    ):
        op.drop_table(table)
