"""What a clause may say and a draft policy may be: whatever would keep back less than it seems to stops the reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from carehub.governance.agreements import read
from carehub.governance.clauses import BadAgreements
from carehub.governance.matrix import BadPolicy
from carehub.governance.matrix import read as read_matrix
from carehub.governance.policy import TABLE

ROW = '[[organisation]]\ncode = "A"\nname = "A"\nkind = "gp"\nconnected = true\nagreement = "yes"\n'
CLAUSE = '[[organisation.clause]]\nid = "1"\nclasses = ["results"]\n'
MATRIX = Path(__file__).resolve().parents[3] / "fixtures" / "policy" / "matrix.csv"
HEAD = "role,purpose,action,expected,masked,restricted\n"


@pytest.mark.parametrize(
    "wrong",
    [
        'clause = "no results"\n',
        "clause = [1]\n",
        CLAUSE.replace('id = "1"', ""),
        CLAUSE.replace('"results"', '"bloods"'),
        CLAUSE.replace('"results"', '"about"'),
        CLAUSE.replace('["results"]', "[]"),
        CLAUSE.replace('["results"]', '"results"'),
        CLAUSE + "roles = []\n",
        CLAUSE + "roles = [1]\n",
        CLAUSE + 'role = ["gp"]\n',
        CLAUSE + 'from = "2026-01-01"\n',
        CLAUSE + "from = 2026-01-02\nuntil = 2026-01-01\n",
        CLAUSE + CLAUSE,
        "version = 2\n",
        "basis = 6\n",
    ],
)
def test_a_clause_that_would_not_keep_back_what_it_says_stops_the_process(wrong):
    with pytest.raises(BadAgreements, match="organisation 1"):
        read(f'unlisted = "shown"\nrelationship = "not asked"\n{ROW}{wrong}', where="agreements.toml")


def test_the_matrix_of_the_running_policy_reads_back_as_the_running_policy():
    table = read_matrix(MATRIX.read_text(encoding="utf-8"))
    assert {key: (row.actions, row.masked_sections, row.restricted, row.title) for key, row in table.items()} == {
        key: (row.actions, row.masked_sections, row.restricted, row.title) for key, row in TABLE.items()
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "role,action\n",
        HEAD + "gp,TREAT,read_everything,permit,,\n",
        HEAD + "gp,TREAT,read_record,allow,,\n",
        HEAD + "gp,TREAT,read_record,permit,bloods,\n",
        HEAD + "gp,TREAT,read_record,permit,,all\n",
        HEAD + ",TREAT,read_record,permit,,\n",
        HEAD + "gp,TREAT,read_record,permit,,,more\n",
        HEAD + 'gp,TREAT,read_record,permit,"results\n',
        HEAD + "gp,TREAT,read_record,permit,,\ngp,TREAT,search_people,permit,results,\n",
    ],
)
def test_a_draft_policy_that_is_not_understood_is_refused(wrong):
    with pytest.raises(BadPolicy):
        read_matrix(wrong)
