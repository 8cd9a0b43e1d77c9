"""Datasets of places: boundary editions, boroughs, wards, and what became of old wards."""

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.open_data import Reference
from app.models.wards import Borough, BoundaryEdition, Ward, WardCrosswalk
from app.operations.open_data import (
    BOROUGH,
    ONS,
    ONS_LINE,
    SHA256,
    WARD,
    borough_reference,
    column,
    dataset,
    origin,
)

LOADED = BoundaryEdition.status != "inactive"
"""Wards of an edition that is loaded and not yet in its place are not public."""

_old, _new = aliased(Ward), aliased(Ward)
_old_edition, _new_edition = aliased(BoundaryEdition), aliased(BoundaryEdition)

BOUNDARY_EDITIONS = dataset(
    "boundary-editions",
    "Boundary editions",
    "One release of all ward boundaries and the days for which it holds.",
    (
        column("label", "string", BoundaryEdition.label, "Short name of the edition.", unique=True),
        column(
            "status",
            "string",
            BoundaryEdition.status,
            "Loaded, in force, or replaced.",
            enum=["inactive", "active", "closed"],
        ),
        column(
            "boundary_status",
            "string",
            BoundaryEdition.boundary_status,
            "How far the lines may be trusted.",
            enum=["indicative", "official"],
        ),
        column("valid_from", "date", BoundaryEdition.valid_from, "First day it holds."),
        column(
            "valid_to",
            "date",
            BoundaryEdition.valid_to,
            "First day it no longer holds.",
            optional=True,
        ),
        column("ward_count", "integer", BoundaryEdition.ward_count, "Number of wards.", minimum=0),
        column("source", "string", BoundaryEdition.source, "Who published the lines."),
        column("licence", "string", BoundaryEdition.licence, "Terms of the lines."),
        column("attribution", "string", BoundaryEdition.attribution, "Line to show with them."),
        column(
            "source_sha256",
            "string",
            BoundaryEdition.source_sha256,
            "SHA-256 of the file that was loaded.",
            **SHA256,
        ),
        column("loaded_at", "datetime", BoundaryEdition.loaded_at, "When it was loaded."),
        column(
            "activated_at",
            "datetime",
            BoundaryEdition.activated_at,
            "When it was put in its place.",
            optional=True,
        ),
    ),
    origin(BoundaryEdition, keys=(BoundaryEdition.label,)),
    key=("label",),
    sources=(ONS,),
    attribution=ONS_LINE,
)

BOROUGHS = dataset(
    "boroughs",
    "Boroughs",
    "The 32 London boroughs and the City, with the force that polices each.",
    (
        column("code", "string", Borough.code, "GSS code of the borough.", **BOROUGH),
        column("name", "string", Borough.name, "Name of the borough.", unique=True),
        column("police_force", "string", Borough.police_force, "The force that polices it."),
    ),
    origin(Borough, keys=(Borough.code,), geometry=Borough.boundary),
    key=("code",),
    sources=(ONS,),
    attribution=ONS_LINE,
    geometry="The borough's boundary in WGS 84, longitude first.",
)

WARDS = dataset(
    "wards",
    "Wards",
    "Every ward of every edition that is or was in force; a code may stand in several editions.",
    (
        column("edition", "string", BoundaryEdition.label, "The boundary edition."),
        column("code", "string", Ward.code, "GSS code of the ward.", **WARD),
        column("name", "string", Ward.name, "Name of the ward."),
        column("borough_code", "string", Ward.borough_code, "The borough it lies in.", **BOROUGH),
        column("police_force", "string", Ward.police_force, "The force that polices it."),
        column(
            "boundary_status",
            "string",
            Ward.boundary_status,
            "How far its lines may be trusted.",
            enum=["indicative", "official"],
        ),
        column(
            "boundary_sha256", "string", Ward.boundary_sha256, "SHA-256 of its shape.", **SHA256
        ),
        column("area_m2", "number", Ward.area_m2, "Area in square metres.", minimum=0),
    ),
    origin(
        Ward,
        joined=select()
        .select_from(Ward)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id),
        keys=(BoundaryEdition.label, Ward.code),
        where=LOADED,
        geometry=Ward.boundary,
    ),
    key=("edition", "code"),
    references=(
        borough_reference(),
        Reference(("edition",), "boundary-editions", ("label",)),
    ),
    sources=(ONS,),
    attribution=ONS_LINE,
    geometry="The ward's boundary in WGS 84, longitude first.",
)

CROSSWALK = dataset(
    "ward-crosswalk",
    "Crosswalk between wards",
    "How much of an old ward's area lies in which new ward, computed from the two shapes.",
    (
        column("from_edition", "string", _old_edition.label, "Edition of the old ward."),
        column("from_ward", "string", _old.code, "Code of the old ward.", **WARD),
        column("to_edition", "string", _new_edition.label, "Edition of the new ward."),
        column("to_ward", "string", _new.code, "Code of the new ward.", **WARD),
        column("kind", "string", WardCrosswalk.kind, "How the old became the new."),
        column(
            "share_of_from",
            "number",
            WardCrosswalk.share_of_from,
            "Share of the old ward's area that lies in the new one.",
            minimum=0,
        ),
        column(
            "share_of_to",
            "number",
            WardCrosswalk.share_of_to,
            "Share of the new ward's area that came from the old one.",
            minimum=0,
        ),
    ),
    origin(
        WardCrosswalk,
        joined=select()
        .select_from(WardCrosswalk)
        .join(_old, _old.id == WardCrosswalk.from_ward_id)
        .join(_new, _new.id == WardCrosswalk.to_ward_id)
        .join(_old_edition, _old_edition.id == _old.edition_id)
        .join(_new_edition, _new_edition.id == _new.edition_id),
        keys=(_old_edition.label, _old.code, _new_edition.label, _new.code),
        where=(_old_edition.status != "inactive") & (_new_edition.status != "inactive"),
    ),
    key=("from_edition", "from_ward", "to_edition", "to_ward"),
    references=(
        Reference(("from_edition", "from_ward"), "wards", ("edition", "code")),
        Reference(("to_edition", "to_ward"), "wards", ("edition", "code")),
    ),
    sources=(ONS,),
    attribution=ONS_LINE,
)

PLACES = (BOUNDARY_EDITIONS, BOROUGHS, WARDS, CROSSWALK)
