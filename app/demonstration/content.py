"""The words of the demonstration: fictional people and plausible promises, about nobody real."""

from dataclasses import dataclass
from random import Random

FIRST_NAMES = (
    "Alder",
    "Aspen",
    "Bay",
    "Birch",
    "Bramble",
    "Cedar",
    "Clover",
    "Elder",
    "Fern",
    "Hazel",
    "Heather",
    "Holly",
    "Ivy",
    "Juniper",
    "Laurel",
    "Linden",
    "Maple",
    "Myrtle",
    "Olive",
    "Poppy",
    "Rowan",
    "Rush",
    "Sage",
    "Sorrel",
    "Tansy",
    "Thistle",
    "Willow",
    "Yarrow",
)
"""Plants as first names, so that nobody takes an officer of the demonstration for a real one."""

LAST_NAMES = (
    "Demonstration",
    "Example",
    "Fable",
    "Fiction",
    "Invention",
    "Mock",
    "Notreal",
    "Parable",
    "Placeholder",
    "Pretend",
    "Sample",
    "Specimen",
    "Story",
    "Tale",
    "Trial",
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a demonstration team might promise about one concern, and do."""

    concern: str
    title: str
    measure: str
    actions: tuple[tuple[str, str], ...]


PROMISES = (
    Promise(
        "anti-social-behaviour",
        "Fewer nuisance gatherings around the shops",
        "calls about nuisance at the parade fall by a fifth",
        (
            ("patrol", "Evening foot patrols along the parade on three nights a week."),
            ("partner", "Shop owners and the council agreed on brighter lighting."),
        ),
    ),
    Promise(
        "drug-dealing",
        "Stop dealing in the estate stairwells",
        "residents' reports of dealing fall for two months running",
        (
            ("operation", "Two plain-clothes operations in the stairwells."),
            ("partner", "The landlord repaired six door entry systems."),
        ),
    ),
    Promise(
        "burglary",
        "Make homes harder to burgle",
        "residential burglary is below the same quarter last year",
        (
            ("prevention", "Property marking stall outside the station."),
            ("patrol", "Night patrols on the four streets named by residents."),
        ),
    ),
    Promise(
        "robbery",
        "Safer walk from the station",
        "phone snatching near the station falls by a quarter",
        (
            ("patrol", "High-visibility patrols at the station in the evening peak."),
            ("engagement", "Talk to two schools about keeping phones out of sight."),
        ),
    ),
    Promise(
        "vehicle-crime",
        "Cut thefts from vans overnight",
        "thefts from vehicles fall by a fifth",
        (("prevention", "Tool marking for traders."), ("patrol", "Patrols at 3 am on weekdays.")),
    ),
    Promise(
        "violence",
        "Keep knives off the high street",
        "no serious injury by knife in the quarter",
        (
            ("operation", "Weapons sweep of the park with volunteers."),
            ("engagement", "Youth club sessions every second Thursday."),
        ),
    ),
    Promise(
        "women-and-girls-safety",
        "A safer route home after dark",
        "women surveyed feel safer on the route than in spring",
        (
            ("engagement", "Walk and talk with twelve residents along the canal path."),
            ("partner", "The council cut back hedges and mended five lamps."),
        ),
    ),
    Promise(
        "hate-crime",
        "Make reporting hate crime easier",
        "two community places take reports by the end of the quarter",
        (("engagement", "Met the faith forum."), ("partner", "Trained library staff.")),
    ),
    Promise(
        "shop-theft",
        "Stand by shop workers",
        "repeat shop theft by known offenders falls",
        (("enforcement", "Three behaviour orders sought."), ("patrol", "Visits to 20 shops.")),
    ),
    Promise(
        "bicycle-theft",
        "Lock it, mark it, keep it",
        "bicycle theft at the station racks falls by a third",
        (("prevention", "Marked 64 bicycles."), ("partner", "The operator moved the racks.")),
    ),
    Promise(
        "criminal-damage",
        "Clean walls, quick repairs",
        "graffiti reports are answered within a week",
        (("partner", "Joint clean-up day."), ("patrol", "Patrols by the underpass.")),
    ),
    Promise(
        "road-safety",
        "Slow down past the school",
        "nine in ten drivers keep to 20 mph past the school",
        (
            ("enforcement", "Speed checks with residents on four mornings."),
            ("engagement", "Pupils spoke to drivers who were stopped."),
        ),
    ),
    Promise(
        "fraud",
        "Warn neighbours about doorstep scams",
        "every sheltered housing scheme is visited once",
        (("prevention", "Talks at three lunch clubs."),),
    ),
    Promise(
        "fly-tipping",
        "Report it once, see it gone",
        "dumped rubbish is gone within three days",
        (("partner", "The council placed a camera at the worst corner."),),
    ),
)

PLACES = (
    "High Street parade",
    "the station forecourt",
    "the canal path",
    "the park's east gate",
    "the estate courtyard",
    "the school crossing",
    "the market square",
    "the library steps",
)

PARTNERS = (
    "the borough council",
    "the housing association",
    "the school",
    "the traders' group",
    "the residents' association",
    "the youth club",
)

VENUES = (
    "the library",
    "the community centre",
    "the town hall",
    "the leisure centre",
    "the church hall",
    "the market square",
)


def officer_name(random: Random) -> str:
    """Return a plainly fictional name."""
    return f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"


def choose_promises(random: Random, count: int = 3) -> list[Promise]:
    """Return different promises in order of rank, common concerns more often than rare ones."""
    weights = [14, 9, 9, 7, 6, 6, 6, 2, 4, 2, 2, 5, 2, 4]
    left, chosen = list(zip(PROMISES, weights, strict=True)), []
    for _ in range(count):
        pick = random.choices(range(len(left)), [weight for _, weight in left])[0]
        chosen.append(left.pop(pick)[0])
    return chosen


def objective_of(promise: Promise, place: str) -> dict[str, str]:
    """Return the five SMART fields of a promise at a place."""
    return {
        "specific": f"{promise.title} around {place}.",
        "measurable": f"Met when {promise.measure}.",
        "achievable": "Within the team's own hours, with the partners named.",
        "relevant": "Raised by residents in the ward poll and at the panel.",
        "time_bound": "Reviewed after one quarter.",
    }
