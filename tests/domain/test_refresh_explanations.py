"""The account of a decision: where it leaves the proposal is said in it, and where it does not."""

from datetime import date

import pytest

from app.domain.refresh_decisions import Change, DecidedItem
from app.domain.refresh_explanations import Setting, explain
from app.domain.refresh_voices import Say
from app.domain.refreshes import RefreshTrigger


def account(*proposed: str) -> str:
    """Return the account of a decision for burglary, then fraud, by what was proposed."""
    items = [
        DecidedItem("burglary", Change.ADDED, None, 1, "It is near.", None, None),
        DecidedItem("fraud", Change.ADDED, None, 2, "It costs.", None, None),
        DecidedItem("drugs", Change.NOT_TAKEN, None, None, "Few cases.", None, None),
    ]
    setting = Setting(
        ward_name="Alder 1",
        published_on=date(2026, 11, 21),
        trigger=RefreshTrigger.SCHEDULED,
        overdue_days=0,
        polled_on=None,
        proposed=proposed,
        say=Say(()),
    )
    return explain(setting, items, {"fraud": "Fraud"})


def test_says_of_each_item_how_it_differs_from_the_proposal() -> None:
    text = account("fraud", "drugs")
    assert "It differs from the proposal about 3 concerns." in text
    assert (
        "burglary is new, 1st. Why: It is near. This differs from the proposal: it is a priority "
        "and was not proposed."
    ) in text
    assert "Fraud is new, 2nd. Why: It costs. This differs from the proposal: it was" in text
    assert "it was proposed 1st and is 2nd." in text
    assert "Few cases. This differs from the proposal: it was proposed 2nd and is not" in text


@pytest.mark.parametrize(
    ("proposed", "words"),
    [
        (("burglary", "fraud"), "The decision is what was proposed, in the same order."),
        ((), "Nothing was proposed, so the whole decision is that of those who decided."),
    ],
)
def test_says_where_nothing_differs(proposed: tuple[str, ...], words: str) -> None:
    text = account(*proposed)
    assert words in text
    assert "This differs" not in text
