"""About Me over the API: written with a credential, read with every version."""

from __future__ import annotations

import pytest

ADDRESS = "/fhir/R4/Patient/{}/$about-me"


def versions(body: dict) -> list[dict[str, str]]:
    return [{part["name"]: part["valueString"] for part in one["part"]} for one in body["parameter"] if one["name"] == "about-me"]


def test_a_member_of_the_team_enters_it_and_reads_every_version(nurse, person):
    first = nurse.post(ADDRESS.format(person), json={"told": {"important": "My cat."}, "supportedBy": "Ruth, her daughter"})
    assert first.status_code == 201
    nurse.post(ADDRESS.format(person), json={"told": {"important": "My sister."}})
    newest, earlier = versions(nurse.get(ADDRESS.format(person)).json())
    assert (newest["status"], newest["What is important to me"], newest["My wellness"]) == ("Current", "My sister.", "Not written yet")
    assert (earlier["status"], earlier["Supported to write this by"]) == ("Earlier version", "Ruth, her daughter")
    assert newest["said-by"] == "Person: The person, written in carehub"


def test_before_anything_is_written_each_source_s_state_stands_there(nurse, person):
    told = nurse.get(ADDRESS.format(person)).json()
    assert {one["valueString"] for one in told["parameter"]} == {"GP: nothing recorded", "Hospital: nothing recorded"}


@pytest.mark.parametrize(
    "body", [{}, {"told": []}, {"told": {"important": 1}}, {"told": {"hobby": "Chess"}}, {"told": {"important": "x"}, "by": "me"}]
)
def test_what_is_no_about_me_is_refused(nurse, person, body):
    assert nurse.post(ADDRESS.format(person), json=body).status_code in (400, 422)


def test_without_a_credential_nothing_is_written(stranger, person):
    assert stranger.post(ADDRESS.format(person), json={"told": {"important": "x"}}).status_code == 401


def test_with_the_tag_that_was_read_nobody_writes_over_what_they_have_not_seen(nurse, person):
    tag = nurse.get(ADDRESS.format(person)).headers["etag"]
    first, second = (
        nurse.post(ADDRESS.format(person), json={"told": {"important": words}}, headers={"If-Match": tag}) for words in ("One.", "Two.")
    )
    assert (first.status_code, second.status_code) == (201, 409)
    assert [one["What is important to me"] for one in versions(nurse.get(ADDRESS.format(person)).json())] == ["One."]
    again = nurse.post(ADDRESS.format(person), json={"told": {"important": "Two."}}, headers={"If-Match": first.headers["etag"]})
    assert again.status_code == 201
    assert nurse.post(ADDRESS.format(person), json={"told": {"important": "x"}}, headers={"If-Match": "abc"}).status_code in (400, 422)
