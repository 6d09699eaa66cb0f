"""Which feed a name or a file belongs to."""

from __future__ import annotations

import pytest

from carehub.feeds.adapter import Adapter
from carehub.hub.own_feeds import OWN
from carehub.terms.errors import Missing
from carehub.wiring.loading import load_adapters

CATALOGUE = load_adapters()


@pytest.mark.parametrize(
    ("name", "head", "feed"),
    [
        ("gp", b'{"resourceType"', "gp/structured-record"),
        ("gp", b"\xef\xbb\xbf  <RCMR", "gp/gp2gp"),
        ("gp", b"rubbish", "gp/structured-record"),
        ("gp/structured-record", b"<xml/>", "gp/structured-record"),
        ("acute", b"MSH|^~", "acute/hl7v2"),
        ("acute", b"\x0bMSH|", "acute/hl7v2"),
        ("local_authority", b"LA_Code,", "local_authority/client-level-data"),
        ("local_authority", b"{", "local_authority/support-plans"),
        ("community", b"UNIQUE_ID|", "community/vaccinations"),
        ("community", b"<?xml version='1.0'?><CSDS>", "community/csds"),
        ("community", b"<!-- a comment --><Bundle xmlns='http://hl7.org/fhir'>", "community/end-of-life"),
        ("acute", b'<Bundle xmlns="http://hl7.org/fhir">', "acute/itk3-documents"),
    ],
)
def test_a_file_goes_to_the_feed_it_looks_like(name: str, head: bytes, feed: str) -> None:
    assert CATALOGUE.feed_of(name, head) == feed


def test_an_adapters_name_alone_is_its_first_feed() -> None:
    assert CATALOGUE.full_name("gp") == "gp/structured-record"


@pytest.mark.parametrize("name", ["", "nowhere", "gp/nothing", "/gp"])
def test_an_unknown_feed_is_missing(name: str) -> None:
    with pytest.raises(Missing):
        CATALOGUE.full_name(name)


@pytest.mark.parametrize("own", OWN, ids=lambda adapter: adapter.manifest.name)
def test_what_the_hub_says_to_itself_comes_through_no_door_and_is_still_mapped(own: Adapter) -> None:
    catalogue = CATALOGUE.with_own(*OWN)
    (feed,) = (f"{own.manifest.name}/{feed.name}" for feed in own.manifest.feeds)
    assert catalogue.feeds() == CATALOGUE.feeds()
    for name in (own.manifest.name, feed):
        for door in (catalogue.full_name, catalogue.feeds_of, lambda given: catalogue.feed_of(given, b"{}")):
            with pytest.raises(Missing):
                door(name)
    assert catalogue.adapter(feed) is own
    assert catalogue.feed(feed).expected is False
    with pytest.raises(ValueError, match="two adapters"):
        CATALOGUE.with_own(*CATALOGUE.adapters.values())
