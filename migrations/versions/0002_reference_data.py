"""The concerns residents raise, the standard each ward team must meet, and the first revision."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CONCERNS = [
    (
        "anti-social-behaviour",
        "Anti-social behaviour",
        "Rowdy, nuisance or intimidating behaviour in shared places.",
        "shared",
        ["anti-social-behaviour"],
    ),
    (
        "drug-dealing",
        "Drug dealing and use",
        "Dealing or open use of drugs in streets, estates and parks.",
        "police",
        ["drugs"],
    ),
    ("burglary", "Burglary", "Break-ins to homes, sheds and businesses.", "police", ["burglary"]),
    (
        "robbery",
        "Robbery and theft from the person",
        "Mugging, phone snatching and pickpocketing.",
        "police",
        ["robbery", "theft-from-the-person"],
    ),
    (
        "vehicle-crime",
        "Vehicle crime",
        "Theft of and from cars, vans, mopeds and motorcycles.",
        "police",
        ["vehicle-crime"],
    ),
    (
        "violence",
        "Violence and knife crime",
        "Assault, serious violence and the carrying of knives.",
        "police",
        ["violent-crime", "possession-of-weapons"],
    ),
    (
        "women-and-girls-safety",
        "Safety of women and girls",
        "Harassment, stalking and violence against women and girls.",
        "shared",
        ["violent-crime"],
    ),
    (
        "hate-crime",
        "Hate crime",
        "Crime or abuse driven by hostility to who someone is.",
        "police",
        ["violent-crime", "public-order"],
    ),
    (
        "shop-theft",
        "Shop theft",
        "Shoplifting and abuse of shop workers.",
        "police",
        ["shoplifting"],
    ),
    (
        "bicycle-theft",
        "Bicycle theft",
        "Theft of bicycles and e-scooters.",
        "police",
        ["bicycle-theft"],
    ),
    (
        "criminal-damage",
        "Criminal damage and graffiti",
        "Vandalism, arson and graffiti.",
        "shared",
        ["criminal-damage-arson"],
    ),
    (
        "road-safety",
        "Road safety and speeding",
        "Speeding, dangerous driving and illegal e-scooter riding.",
        "shared",
        [],
    ),
    ("fraud", "Fraud and scams", "Doorstep, telephone and online fraud.", "police", []),
    (
        "fly-tipping",
        "Fly-tipping and street condition",
        "Dumped rubbish, abandoned vehicles and poor lighting.",
        "council",
        [],
    ),
]

STANDARDS = [
    ("01931000-0000-7000-8000-000000000001", "dedicated_ward_officer", 2),
    ("01931000-0000-7000-8000-000000000002", "pcso", 1),
]


def upgrade() -> None:
    """Write the vocabulary, the standard of commitment C01, and revision 1."""
    concern = sa.table(
        "concern",
        sa.column("slug", sa.String),
        sa.column("label", sa.String),
        sa.column("description", sa.String),
        sa.column("lead", sa.String),
        sa.column("crime_categories", sa.JSON),
        sa.column("position", sa.Integer),
    )
    op.bulk_insert(
        concern,
        [
            {
                "slug": slug,
                "label": label,
                "description": description,
                "lead": lead,
                "crime_categories": categories,
                "position": position,
            }
            for position, (slug, label, description, lead, categories) in enumerate(CONCERNS, 1)
        ],
    )
    standard = sa.table(
        "coverage_standard",
        sa.column("id", sa.Uuid),
        sa.column("role", sa.String),
        sa.column("minimum", sa.Integer),
        sa.column("valid_from", sa.Date),
        sa.column("source", sa.String),
    )
    op.bulk_insert(
        standard,
        [
            {
                "id": UUID(identifier),
                "role": role,
                "minimum": minimum,
                "valid_from": date(2023, 10, 1),
                "source": "A New Met for London, commitment C01: two Dedicated Ward Officers and"
                " one PCSO in every ward",
            }
            for identifier, role, minimum in STANDARDS
        ],
    )
    op.bulk_insert(
        sa.table("revision", sa.column("id", sa.Integer), sa.column("number", sa.Integer)),
        [{"id": 1, "number": 1}],
    )


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    for table in ("revision", "coverage_standard", "concern"):
        op.execute(sa.table(table).delete())
