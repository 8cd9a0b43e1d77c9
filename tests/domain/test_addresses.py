"""Addresses: one mailbox has one spelling, and different mailboxes never share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import canonical_address, is_disposable, parse_address
from app.errors import InvalidRequestError

SAME = [
    ["Sam@Resident.example", " sam@resident.EXAMPLE ", "sam+vote@resident.example"],
    ["s.a.m@gmail.com", "sam@gmail.com", "S.am+x@googlemail.com", "sam@GoogleMail.com"],
    ["sam@icloud.com", "sam+x@me.com", "sam@mac.com"],
    ["sa-m@proton.me", "s.am@protonmail.com", "sam+x@pm.me"],
    ["sam-list@yahoo.com", "sam@yahoo.com"],
    ["sam@bücher.example", "sam@xn--bcher-kva.example", "sam@BÜCHER.example"],
    ["straße@resident.example", "STRAẞE@resident.example"],
    ["sam@straße.example", "sam@STRAẞE.example", "sam@xn--strae-oqa.example"],
    ["sam@resident.example", "\uff53am@resident.example"],  # full-width s
]
DIFFERENT = [
    ("s.am@resident.example", "sam@resident.example"),
    ("sam@outlook.com", "sam@hotmail.com"),
    ("sam@gmail.com", "sam@gmail.example"),
    ("sam-x@resident.example", "sam@resident.example"),
    ("sam@yahoo.com", "sam@yahoo.co.uk"),
    ("+x@resident.example", "+y@resident.example"),
    ("sam@a.resident.example", "sam@resident.example"),
    ("straße@resident.example", "strasse@resident.example"),
    ("sam@straße.example", "sam@strasse.example"),
]
MISREAD = [
    "=?x?q?me=40mine.example=2c?=1",
    "x.=?x?q?me?=",
    "=?utf-8?b?bWU=?=",
    "=?x?q?=0d=0aX-I=3ax?=.b",
    "a,b",
    "a;b",
    "a:b",
    "a(b)",
    "<a>",
    "[a]",
    '"a"',
    "a\\b",
    "a@b",
    "a..b",
    ".a",
    "a.",
    "a\u00a0b",
    "a\u200bb",
    "\uff1d\uff1fx\uff1fq\uff1fme\uff1f\uff1d",  # full-width =?x?q?me?=
    "a\uff0cb",  # full-width comma
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_one_mailbox_has_one_canonical_spelling(spellings):
    assert len({canonical_address(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_mailboxes_keep_different_spellings(one, other):
    assert canonical_address(one) != canonical_address(other)


@pytest.mark.parametrize("local", MISREAD)
def test_refuses_what_a_mail_program_may_read_in_a_way_of_its_own(local):
    with pytest.raises(InvalidRequestError):
        parse_address(f"{local}@resident.example")


def test_mail_goes_to_the_address_as_it_was_written():
    address = parse_address(" S.Am+Vote@Bücher.example ")
    assert address.deliverable == "S.Am+Vote@xn--bcher-kva.example"
    assert address.canonical == "s.am@xn--bcher-kva.example"


@given(st.text(max_size=20), st.sampled_from(["gmail.com", "resident.example", "proton.me"]))
def test_any_text_is_refused_or_an_address_that_stands_for_itself(local, domain):
    try:
        address = parse_address(f"{local}@{domain}")
    except InvalidRequestError:
        return
    assert canonical_address(address.canonical) == address.canonical
    assert address.deliverable.isprintable()
    assert " " not in address.deliverable


def test_a_refusal_does_not_repeat_what_it_refuses():
    with pytest.raises(InvalidRequestError) as refused:
        parse_address("someone at resident.example")
    assert "someone" not in refused.value.detail


def test_a_listed_domain_covers_those_below_it():
    listed = frozenset({"throwaway.example"})
    assert is_disposable("throwaway.example", listed)
    assert is_disposable("eu.throwaway.example", listed)
    assert not is_disposable("notthrowaway.example", listed)
    assert not is_disposable("example", listed)
