"""Datasets of figures from elsewhere: crime, residents, deprivation, measures, and their copies."""

from typing import Any

from sqlalchemy import case, null

from app.domain.open_data import Reference
from app.models.crime import ConcernCrime, ConcernCrimeGap, CrimeCategory, CrimeCount, Deprivation
from app.models.measures import Measure, MeasureValue
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from app.operations.open_data import SHA256, WARD, column, dataset, origin, ward_reference
from app.operations.open_data_priorities import CONCERN

_copy = Reference(("copy_id",), "source-copies", ("id",))
_kind = Reference(
    ("source", "category", "subcategory"), "crime-categories", ("source", "category", "subcategory")
)
_from_copy = ("The copy that each row names",)
AREA: dict[str, Any] = {"pattern": r"E\d{8}"}
WHOLE = "Subcategory; `*` stands for the whole category."


def _subcategory(table: type[CrimeCategory | CrimeCount | ConcernCrime]) -> object:
    """Return a subcategory that is never empty: an empty cell of CSV would be a missing value."""
    return case((table.subcategory == "", "*"), else_=table.subcategory)


CRIME_CATEGORIES = dataset(
    "crime-categories",
    "Kinds of recorded crime",
    "The kinds of crime as each source sorts them.",
    (
        column("source", "string", CrimeCategory.source, "Who sorts so."),
        column("category", "string", CrimeCategory.category, "Category."),
        column("subcategory", "string", _subcategory(CrimeCategory), WHOLE),
        column("label", "string", CrimeCategory.label, "Name of the kind."),
    ),
    origin(
        CrimeCategory,
        keys=(CrimeCategory.source, CrimeCategory.category, CrimeCategory.subcategory),
    ),
    key=("source", "category", "subcategory"),
)

CRIME_COUNTS = dataset(
    "crime-counts",
    "Recorded crime",
    "Offences (or incidents) that a source counts in one ward, month and kind. A ward and month "
    "without any row is a gap; with rows, a kind that has none counts 0.",
    (
        column("source", "string", CrimeCount.source, "Who counts."),
        column("ward_code", "string", CrimeCount.ward_code, "The ward.", **WARD),
        column("month", "yearmonth", CrimeCount.month, "The month."),
        column("category", "string", CrimeCount.category, "Category."),
        column("subcategory", "string", _subcategory(CrimeCount), WHOLE),
        column("count", "integer", CrimeCount.count, "Offences (or incidents).", minimum=0),
        column("copy_id", "string", CrimeCount.copy_id, "The copy it was read from."),
    ),
    origin(
        CrimeCount,
        keys=(
            CrimeCount.source,
            CrimeCount.ward_code,
            CrimeCount.month,
            CrimeCount.category,
            CrimeCount.subcategory,
        ),
    ),
    key=("source", "ward_code", "month", "category", "subcategory"),
    references=(ward_reference(), _kind, _copy),
    sources=_from_copy,
    attribution="Metropolitan Police Service and data.police.uk",
)

CONCERN_CRIMES = dataset(
    "concern-crimes",
    "Crime that bears on concerns",
    "Which kinds of recorded crime bear on which concern.",
    (
        column("concern", "string", ConcernCrime.concern, "The concern."),
        column("source", "string", ConcernCrime.source, "Who sorts so."),
        column("category", "string", ConcernCrime.category, "Category."),
        column("subcategory", "string", _subcategory(ConcernCrime), WHOLE),
    ),
    origin(
        ConcernCrime,
        keys=(
            ConcernCrime.concern,
            ConcernCrime.source,
            ConcernCrime.category,
            ConcernCrime.subcategory,
        ),
    ),
    key=("concern", "source", "category", "subcategory"),
    references=(CONCERN, _kind),
)

CONCERN_CRIME_GAPS = dataset(
    "concern-crime-gaps",
    "What crime figures do not say",
    "What a source does not say about a concern.",
    (
        column("concern", "string", ConcernCrimeGap.concern, "The concern."),
        column("source", "string", ConcernCrimeGap.source, "The source."),
        column("gap", "string", ConcernCrimeGap.gap, "What it does not say."),
    ),
    origin(ConcernCrimeGap, keys=(ConcernCrimeGap.concern, ConcernCrimeGap.source)),
    key=("concern", "source"),
    references=(CONCERN,),
)

POPULATION = dataset(
    "population-counts",
    "Residents",
    "Usual residents of a ward or borough by group, on a census day.",
    (
        column("area_code", "string", PopulationCount.area_code, "Ward or borough.", **AREA),
        column("census_on", "date", PopulationCount.census_on, "Census day."),
        column("dimension", "string", PopulationCount.dimension, "What is told apart."),
        column("category", "string", PopulationCount.category, "The group; `all` is everybody."),
        column("count", "integer", PopulationCount.count, "Usual residents.", minimum=0),
        column("copy_id", "string", PopulationCount.copy_id, "The copy it was read from."),
    ),
    origin(
        PopulationCount,
        keys=(
            PopulationCount.area_code,
            PopulationCount.census_on,
            PopulationCount.dimension,
            PopulationCount.category,
        ),
    ),
    key=("area_code", "census_on", "dimension", "category"),
    references=(_copy,),
    sources=_from_copy,
    attribution="Office for National Statistics, licensed under the OGL v3.0",
)

DEPRIVATION = dataset(
    "deprivation",
    "Deprivation",
    "Scores of wards in the Indices of Deprivation; higher is more deprived.",
    (
        column("ward_code", "string", Deprivation.ward_code, "The ward.", **WARD),
        column("release", "string", Deprivation.release, "Year of the release."),
        column("measure", "string", Deprivation.measure, "What is scored."),
        column("score", "number", Deprivation.score, "The score."),
        column("copy_id", "string", Deprivation.copy_id, "The copy it was read from."),
    ),
    origin(Deprivation, keys=(Deprivation.ward_code, Deprivation.release, Deprivation.measure)),
    key=("ward_code", "release", "measure"),
    references=(ward_reference(), _copy),
    sources=_from_copy,
    attribution="Ministry of Housing, Communities and Local Government",
)

MEASURES = dataset(
    "measures",
    "Measures",
    "What the plan measures: in which unit, which way is better, who says so.",
    (
        column("code", "string", Measure.code, "Identifier of the measure.", unique=True),
        column("label", "string", Measure.label, "Name of the measure."),
        column("pillar", "string", Measure.pillar, "Pillar of the plan."),
        column("commitments", "array", Measure.commitments, "Commitments it bears on."),
        column("direction", "string", Measure.direction, "Which way is better."),
        column("unit", "string", Measure.unit, "Unit."),
        column("definition", "string", Measure.definition, "What is measured exactly."),
        column("source", "string", Measure.source, "Who measures it."),
        column("held_as", "string", Measure.held_as, "How the service holds it."),
    ),
    origin(Measure, keys=(Measure.code,)),
    key=("code",),
)

_hidden = MeasureValue.hidden
MEASURE_VALUES = dataset(
    "measure-values",
    "Values of measures",
    "A measure in an area, period and group. Figures that rest on fewer than 30 answers, or would "
    "tell such a one, are hidden: the row is there, its figures are empty.",
    (
        column("measure_code", "string", MeasureValue.measure_code, "The measure."),
        column("area_code", "string", MeasureValue.area_code, "Ward, borough or London.", **AREA),
        column("period_on", "date", MeasureValue.period_on, "First day of the period."),
        column("group_code", "string", MeasureValue.group_code, "The group; `all` is everybody."),
        column(
            "proportion",
            "number",
            case((_hidden, null()), else_=MeasureValue.proportion),
            "Share of those who answered.",
            optional=True,
            minimum=0,
            maximum=1,
        ),
        column(
            "base",
            "integer",
            case((_hidden, null()), else_=MeasureValue.base),
            "How many answered.",
            optional=True,
            minimum=30,
        ),
        column("hidden", "boolean", _hidden, "Whether the figures are hidden."),
        column("copy_id", "string", MeasureValue.copy_id, "The copy it was read from."),
    ),
    origin(
        MeasureValue,
        keys=(
            MeasureValue.measure_code,
            MeasureValue.area_code,
            MeasureValue.period_on,
            MeasureValue.group_code,
        ),
    ),
    key=("measure_code", "area_code", "period_on", "group_code"),
    references=(Reference(("measure_code",), "measures", ("code",)), _copy),
    sources=_from_copy,
    attribution="Mayor's Office for Policing and Crime",
)

SOURCE_COPIES = dataset(
    "source-copies",
    "Copies of sources",
    "Where figures were read, when, under which terms, and from exactly which bytes.",
    (
        column("id", "string", SourceCopy.id, "Identifier of the copy.", unique=True),
        column("source", "string", SourceCopy.source, "The source."),
        column("url", "string", SourceCopy.url, "Address or file name."),
        column("retrieved_at", "datetime", SourceCopy.retrieved_at, "When it was read."),
        column(
            "checked_at", "datetime", SourceCopy.checked_at, "When the same content was last found."
        ),
        column("licence", "string", SourceCopy.licence, "Terms of its publisher."),
        column("sha256", "string", SourceCopy.sha256, "SHA-256 of its bytes.", **SHA256),
        column("size", "integer", SourceCopy.size, "Bytes.", minimum=0),
    ),
    origin(SourceCopy, keys=(SourceCopy.id,)),
    key=("id",),
)

FIGURES = (
    *(CRIME_CATEGORIES, CRIME_COUNTS, CONCERN_CRIMES, CONCERN_CRIME_GAPS),
    *(POPULATION, DEPRIVATION, MEASURES, MEASURE_VALUES, SOURCE_COPIES),
)
