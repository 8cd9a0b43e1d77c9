"""Recorded crime by ward, what it says of each concern and what it does not, and deprivation."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

POLICE_UK = {
    "anti-social-behaviour": "Anti-social behaviour",
    "bicycle-theft": "Bicycle theft",
    "burglary": "Burglary",
    "criminal-damage-arson": "Criminal damage and arson",
    "drugs": "Drugs",
    "other-crime": "Other crime",
    "other-theft": "Other theft",
    "possession-of-weapons": "Possession of weapons",
    "public-order": "Public order",
    "robbery": "Robbery",
    "shoplifting": "Shoplifting",
    "theft-from-the-person": "Theft from the person",
    "vehicle-crime": "Vehicle crime",
    "violent-crime": "Violence and sexual offences",
}

MPS = {
    ("arson-and-criminal-damage", ""): "Arson and criminal damage",
    ("arson-and-criminal-damage", "arson"): "Arson",
    ("arson-and-criminal-damage", "criminal-damage"): "Criminal damage",
    ("burglary", ""): "Burglary",
    ("burglary", "burglary-residential"): "Burglary: residential (older name)",
    ("burglary", "burglary-business-and-community"): "Burglary of businesses and the like",
    ("burglary", "res-burglary-of-a-home"): "Burglary of homes",
    ("burglary", "res-burglary-of-unconnected-building"): "Burglary of sheds and outbuildings",
    ("drug-offences", ""): "Drug offences",
    ("drug-offences", "possession-of-drugs"): "Possession of drugs",
    ("drug-offences", "trafficking-of-drugs"): "Trafficking of drugs",
    ("fraud-and-forgery", ""): "Fraud and forgery",
    ("fraud-and-forgery", "fraud-and-forgery"): "Fraud and forgery",
    ("miscellaneous-crimes-against-society", ""): "Miscellaneous crimes against society",
    (
        "miscellaneous-crimes-against-society",
        "misc-crimes-against-society",
    ): "Miscellaneous crimes against society",
    ("nfib-fraud", ""): "Fraud recorded nationally",
    ("nfib-fraud", "nfib"): "Fraud recorded nationally",
    ("possession-of-weapons", ""): "Possession of weapons",
    ("possession-of-weapons", "possession-of-weapons"): "Possession of weapons",
    ("public-order-offences", ""): "Public order offences",
    ("public-order-offences", "other-offences-public-order"): "Other public order offences",
    ("public-order-offences", "public-fear-alarm-or-distress"): "Public fear, alarm or distress",
    (
        "public-order-offences",
        "race-or-religious-agg-public-fear",
    ): "Public fear, racially or religiously aggravated",
    ("public-order-offences", "violent-disorder"): "Violent disorder",
    ("robbery", ""): "Robbery",
    ("robbery", "robbery-of-business-property"): "Robbery of businesses",
    ("robbery", "robbery-of-personal-property"): "Robbery of people",
    ("sexual-offences", ""): "Sexual offences",
    ("sexual-offences", "other-sexual-offences"): "Other sexual offences",
    ("sexual-offences", "rape"): "Rape",
    ("theft", ""): "Theft",
    ("theft", "bicycle-theft"): "Bicycle theft",
    ("theft", "other-theft"): "Other theft",
    ("theft", "shoplifting"): "Shoplifting",
    ("theft", "theft-from-the-person"): "Theft from the person",
    ("vehicle-offences", ""): "Vehicle offences",
    ("vehicle-offences", "aggravated-vehicle-taking"): "Aggravated vehicle taking",
    ("vehicle-offences", "interfering-with-a-motor-vehicle"): "Interfering with a motor vehicle",
    ("vehicle-offences", "theft-from-a-vehicle"): "Theft from a vehicle",
    ("vehicle-offences", "theft-or-unauth-taking-of-a-motor-veh"): "Theft of a motor vehicle",
    ("violence-against-the-person", ""): "Violence against the person",
    (
        "violence-against-the-person",
        "death-serious-injury-illegal-driving",
    ): "Death or serious injury by illegal driving",
    ("violence-against-the-person", "homicide"): "Homicide",
    ("violence-against-the-person", "stalking-and-harassment"): "Stalking and harassment",
    ("violence-against-the-person", "violence-with-injury"): "Violence with injury",
    ("violence-against-the-person", "violence-without-injury"): "Violence without injury",
}

BEARS_ON = {
    "anti-social-behaviour": {"police_uk": [("anti-social-behaviour", "")]},
    "drug-dealing": {"mps": [("drug-offences", "")], "police_uk": [("drugs", "")]},
    "burglary": {"mps": [("burglary", "")], "police_uk": [("burglary", "")]},
    "robbery": {
        "mps": [("robbery", ""), ("theft", "theft-from-the-person")],
        "police_uk": [("robbery", ""), ("theft-from-the-person", "")],
    },
    "vehicle-crime": {"mps": [("vehicle-offences", "")], "police_uk": [("vehicle-crime", "")]},
    "violence": {
        "mps": [
            ("violence-against-the-person", "homicide"),
            ("violence-against-the-person", "violence-with-injury"),
            ("violence-against-the-person", "violence-without-injury"),
            ("possession-of-weapons", ""),
        ],
        "police_uk": [("violent-crime", ""), ("possession-of-weapons", "")],
    },
    "women-and-girls-safety": {
        "mps": [
            ("sexual-offences", ""),
            ("violence-against-the-person", "stalking-and-harassment"),
        ]
    },
    "hate-crime": {"mps": [("public-order-offences", "race-or-religious-agg-public-fear")]},
    "shop-theft": {"mps": [("theft", "shoplifting")], "police_uk": [("shoplifting", "")]},
    "bicycle-theft": {"mps": [("theft", "bicycle-theft")], "police_uk": [("bicycle-theft", "")]},
    "criminal-damage": {
        "mps": [("arson-and-criminal-damage", "")],
        "police_uk": [("criminal-damage-arson", "")],
    },
}

GAPS = {
    ("anti-social-behaviour", "mps"): "The file counts recorded crimes. Anti-social behaviour is "
    "logged as incidents, which are not in it.",
    ("drug-dealing", "mps"): "Drug offences are mostly found by the police, so the count follows "
    "how much they search as well as how much is dealt.",
    ("drug-dealing", "police_uk"): "Possession and trafficking are one category, and the count "
    "follows how much the police search.",
    ("burglary", "police_uk"): "Homes, sheds and businesses are one category and cannot be told "
    "apart.",
    ("violence", "police_uk"): "One category holds all violence together with sexual offences, "
    "stalking and harassment.",
    ("women-and-girls-safety", "mps"): "Nothing says who the victim was: men and boys are counted "
    "too, and domestic abuse and harassment in public cannot be told apart from the rest.",
    ("women-and-girls-safety", "police_uk"): "Sexual offences, stalking and harassment are hidden "
    "among all violence, and nothing says who the victim was.",
    ("hate-crime", "mps"): "Only public fear that was racially or religiously aggravated is "
    "counted; hate crime of other kinds or for other reasons is not marked.",
    ("hate-crime", "police_uk"): "No category says that a crime was driven by hostility.",
    ("bicycle-theft", "mps"): "E-scooters are not told apart from other theft.",
    ("bicycle-theft", "police_uk"): "E-scooters are not told apart from other theft.",
    ("road-safety", "mps"): "Only deaths and serious injuries by illegal driving are recorded as "
    "crimes here, too few for a ward; speeding and collisions are not in the file.",
    ("road-safety", "police_uk"): "Speeding and collisions are in no category.",
    ("fraud", "mps"): "Nearly all fraud is reported to a national service and carries no ward; "
    "the few that the file holds say nothing of a ward.",
    ("fraud", "police_uk"): "No category counts fraud by place.",
    ("fly-tipping", "mps"): "Fly-tipping is dealt with by councils and not recorded as crime.",
    ("fly-tipping", "police_uk"): "Fly-tipping is dealt with by councils and not recorded as "
    "crime.",
}


def upgrade() -> None:
    """Write the tables, the categories of both sources, and what they say of each concern."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    category = _create_categories()
    bears_on, gap = _create_map()
    _create_counts()
    op.bulk_insert(
        category,
        [
            {"source": source, "category": kind, "subcategory": minor, "label": label}
            for source, kinds in (("police_uk", _whole(POLICE_UK)), ("mps", MPS))
            for (kind, minor), label in kinds.items()
        ],
    )
    op.bulk_insert(
        bears_on,
        [
            {"concern": concern, "source": source, "category": kind, "subcategory": minor}
            for concern, sources in BEARS_ON.items()
            for source, kinds in sources.items()
            for kind, minor in kinds
        ],
    )
    op.bulk_insert(
        gap,
        [
            {"concern": concern, "source": source, "gap": said}
            for (concern, source), said in GAPS.items()
        ],
    )


def _whole(kinds: dict[str, str]) -> dict[tuple[str, str], str]:
    return {(kind, ""): label for kind, label in kinds.items()}


def _kind() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("subcategory", sa.String(60), nullable=False),
    )


def _of_category(table: str) -> sa.ForeignKeyConstraint:
    kind = ["source", "category", "subcategory"]
    return sa.ForeignKeyConstraint(
        kind,
        [f"crime_category.{column}" for column in kind],
        name=op.f(f"fk_{table}_source_category_subcategory"),
    )


def _create_categories() -> sa.Table:
    return op.create_table(
        "crime_category",
        *_kind(),
        sa.Column("label", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint(
            "source", "category", "subcategory", name=op.f("pk_crime_category")
        ),
    )


def _create_map() -> tuple[sa.Table, sa.Table]:
    bears_on = op.create_table(
        "concern_crime",
        sa.Column("concern", sa.String(40), nullable=False),
        *_kind(),
        sa.ForeignKeyConstraint(
            ["concern"], ["concern.slug"], name=op.f("fk_concern_crime_concern")
        ),
        _of_category("concern_crime"),
        sa.PrimaryKeyConstraint(
            "concern", "source", "category", "subcategory", name=op.f("pk_concern_crime")
        ),
    )
    gap = op.create_table(
        "concern_crime_gap",
        sa.Column("concern", sa.String(40), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("gap", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(
            ["concern"], ["concern.slug"], name=op.f("fk_concern_crime_gap_concern")
        ),
        sa.PrimaryKeyConstraint("concern", "source", name=op.f("pk_concern_crime_gap")),
    )
    return bears_on, gap


def _create_counts() -> None:
    op.create_table(
        "crime_count",
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("subcategory", sa.String(60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_crime_count_count")),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["source_copy.id"], name=op.f("fk_crime_count_copy_id")
        ),
        _of_category("crime_count"),
        sa.PrimaryKeyConstraint(
            "source",
            "ward_code",
            "month",
            "category",
            "subcategory",
            name=op.f("pk_crime_count"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deprivation",
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("release", sa.String(20), nullable=False),
        sa.Column("measure", sa.String(30), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["source_copy.id"], name=op.f("fk_deprivation_copy_id")
        ),
        sa.PrimaryKeyConstraint("ward_code", "release", "measure", name=op.f("pk_deprivation")),
    )


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    for table in (
        "deprivation",
        "crime_count",
        "concern_crime_gap",
        "concern_crime",
        "crime_category",
    ):
        op.drop_table(table)
