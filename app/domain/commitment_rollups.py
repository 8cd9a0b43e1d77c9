"""What the wards of a borough, or the boroughs of London, say together."""

from collections.abc import Iterable

from app.domain.commitments import Status, Verdict, unknown

WORST_FIRST = (
    Status.BREACHED,
    Status.AT_RISK,
    Status.ON_TRACK,
    Status.NOT_DUE,
    Status.MET,
    Status.NOT_MEASURABLE,
    Status.RETIRED,
)
"""The order in which the states of areas decide the state of the area around them."""


def roll_up(verdicts: Iterable[tuple[str, Verdict]], *, what: str, where: str) -> Verdict:
    """Return what the areas of a larger one say together: the worst of their states.

    `value` counts the areas where the promise is kept or not yet broken, `target` those measured.
    Broken, and at risk, since the earliest day of those areas that are so still; met since the
    latest day. Areas that cannot be measured count only where none can.
    """
    found = list(verdicts)
    measured = [(area, v) for area, v in found if v.status not in _UNCOUNTED]
    if not measured:
        return _all_alike(found, what=what, where=where)
    status = min((v.status for _, v in measured), key=WORST_FIRST.index)
    alike = [(area, v) for area, v in measured if v.status is status]
    days = [v.since for _, v in alike if v.since is not None]
    pick = max if status is Status.MET else min
    broken = [area for area, v in measured if v.status is Status.BREACHED]
    return Verdict(
        status=status,
        finding=_told_together(measured, what=what, where=where),
        since=pick(days, default=None),
        value=float(len(measured) - len(broken)),
        target=float(len(measured)),
        shortfall=float(len(broken)),
        unit=f"{what}s",
        evidence=({"kind": "areas", "breached": sorted(broken)},) if broken else (),
    )


_UNCOUNTED = frozenset({Status.NOT_MEASURABLE, Status.RETIRED})
_WORDS = {
    Status.BREACHED: "broken",
    Status.AT_RISK: "at risk",
    Status.ON_TRACK: "on track",
    Status.NOT_DUE: "not due yet",
    Status.MET: "met",
}


def _told_together(measured: list[tuple[str, Verdict]], *, what: str, where: str) -> str:
    counts = {s: sum(1 for _, v in measured if v.status is s) for s in WORST_FIRST}
    parts = [f"{word} in {counts[status]}" for status, word in _WORDS.items() if counts[status]]
    noun = what if len(measured) == 1 else f"{what}s"
    return f"Of {len(measured)} {noun} {where}: {', '.join(parts)}."


def _all_alike(found: list[tuple[str, Verdict]], *, what: str, where: str) -> Verdict:
    if not found:
        return unknown(f"There is no {what} {where} to measure.")
    reasons = {verdict.finding for _, verdict in found}
    if len(reasons) == 1:
        return found[0][1]
    return unknown(f"No {what} {where} can be measured.")
