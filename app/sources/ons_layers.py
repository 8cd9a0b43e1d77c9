"""The Open Geography Portal of the Office for National Statistics: layers of wards, page by page.

Which layers there are stands in a manifest, because their names follow no rule: a new vintage is a
line of data. The server answers errors with status 200, and may give fewer features than asked.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.errors import BoundaryFileError, SourceMalformedError
from app.sources.boundaries import LICENCE
from app.sources.geojson import Collection, collection_of
from app.sources.publisher import Publisher, open_publisher

SOURCE = "ons_boundaries"
PER_SECOND = 2.0
PAGE = 200
"""Features of one request: about half a megabyte of generalised wards; the server allows 2,000."""

MAX_BYTES = 30_000_000
MAX_WARDS = 3_000
LONDON = "E09%"

Column = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,30}$")]


class Layer(BaseModel):
    """One layer of wards: what it is called, its columns, and since when its wards hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    layer: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,100}$")]
    code: Column
    name: Column
    borough: Column
    valid_from: date

    @property
    def where(self) -> str:
        """The condition for a ward to lie in London."""
        return f"{self.borough} LIKE '{LONDON}'"


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    layers: list[Layer]


def read_layers(path: Path) -> dict[str, Layer]:
    """Return the layers of a manifest by label."""
    try:
        manifest = _Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as fault:
        raise BoundaryFileError(f"The manifest {path.name} cannot be read: {fault}.") from fault
    layers = {layer.label: layer for layer in manifest.layers}
    if len(layers) != len(manifest.layers):
        raise BoundaryFileError(f"The manifest {path.name} has a label twice.")
    return layers


def count_url(publisher: Publisher, layer: Layer) -> str:
    """Return the address that says how many London wards a layer has."""
    return _url(publisher, layer, {"where": layer.where, "returnCountOnly": "true", "f": "json"})


def page_url(publisher: Publisher, layer: Layer, offset: int) -> str:
    """Return the address of one page of a layer, in a fixed order so that no ward is skipped."""
    return _url(
        publisher,
        layer,
        {
            "where": layer.where,
            "outFields": f"{layer.code},{layer.name},{layer.borough}",
            "returnGeometry": "true",
            "outSR": "4326",
            "orderByFields": layer.code,
            "resultOffset": str(offset),
            "resultRecordCount": str(PAGE),
            "f": "geojson",
        },
    )


def _url(publisher: Publisher, layer: Layer, query: dict[str, str]) -> str:
    asked = urlencode(query, quote_via=quote)
    return f"{publisher.base_url}/{layer.layer}/FeatureServer/0/query?{asked}"


def read_count(url: str, content: bytes) -> int:
    """Return the number of features that the server counts."""
    count = _document(url, content).get("count")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= MAX_WARDS:
        raise SourceMalformedError(f"{url} gives no usable number of wards.")
    return count


def read_page(url: str, content: bytes) -> tuple[list[dict[str, Any]], bool]:
    """Return the features of a page, and whether the server says that there are more."""
    document = _document(url, content)
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise SourceMalformedError(f"{url} is no collection of features.")
    if not all(isinstance(feature, dict) for feature in features):
        raise SourceMalformedError(f"{url} holds what is no feature.")
    told = document.get("properties")
    more = document.get("exceededTransferLimit")
    if isinstance(told, dict):
        more = more or told.get("exceededTransferLimit")
    return features, more is True


def _document(url: str, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise SourceMalformedError(f"{url} is not JSON.") from None
    if not isinstance(document, dict):
        raise SourceMalformedError(f"{url} is not an object.")
    if "error" in document:
        error = document["error"]
        told = error.get("message") if isinstance(error, dict) else error
        raise SourceMalformedError(f"{url} answers with an error: {str(told)[:200]}.")
    return document


def assemble(layer: Layer, features: list[dict[str, Any]]) -> Collection:
    """Return the pages of a layer as the one file that they are parts of.

    Of each feature only code, name, borough and shape count: row numbers change by themselves.
    """
    kept = (layer.code, layer.name, layer.borough)
    document = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {name: _properties(f).get(name) for name in kept},
                "geometry": f.get("geometry"),
            }
            for f in features
        ],
        "metadata": {
            "source": f"Office for National Statistics, Open Geography Portal, layer {layer.layer}",
            "licence": LICENCE,
        },
    }
    return collection_of(json.dumps(document, sort_keys=True).encode())


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


@asynccontextmanager
async def open_ons(base_url: str, *, private_hosts: str = "") -> AsyncGenerator[Publisher]:
    """Open the way to the portal, or to a mirror of it, for the block."""
    async with open_publisher(
        base_url, per_second=PER_SECOND, max_bytes=MAX_BYTES, private_hosts=private_hosts
    ) as publisher:
        yield publisher
