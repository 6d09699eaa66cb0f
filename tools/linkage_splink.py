"""A batch linkage of an export by Splink 5 on DuckDB: `python tools/linkage_splink.py people.parquet pairs.parquet`. Needs the extra `linkage`.

A worked example to begin from, not a model to use: train, look at the model's charts and choose the threshold on your own data. On Spark the same
settings go to `splink.backends.spark.SparkAPI`.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

LEAST = 0.5


def link(people: Path, pairs: Path, *, least: float = LEAST) -> int:
    """Write the pairs of at least this probability, with what their records said at the export; how many. The file is its owner's alone."""
    from splink import Linker, block_on
    from splink import comparison_library as compared
    from splink.backends.duckdb import DuckDBAPI

    api = DuckDBAPI()
    run = api.duckdb_con.execute
    run("SET enable_progress_bar = false")
    rows = run("SELECT * FROM read_parquet(?)", [str(people)]).to_arrow_table()
    settings: dict[str, Any] = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_id",
        "comparisons": [
            compared.ExactMatch("nhs_number"),
            compared.JaroWinklerAtThresholds("given_name", [0.92]).configure(term_frequency_adjustments=True),
            compared.JaroWinklerAtThresholds("family_name", [0.92]).configure(term_frequency_adjustments=True),
            compared.LevenshteinAtThresholds("birth_date", [1]),
            compared.ExactMatch("postcode").configure(term_frequency_adjustments=True),
            compared.ExactMatch("gender"),
        ],
        "blocking_rules_to_generate_predictions": [
            block_on("nhs_number"),
            block_on("birth_date", "family_name"),
            block_on("birth_date", "given_name"),
            block_on("postcode", "given_name"),
            block_on("postcode", "birth_date"),
        ],
        "additional_columns_to_retain": ["said"],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }
    linker = Linker(api.register(rows), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on("nhs_number")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("birth_date", "given_name"), block_on("postcode", "family_name")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=least)
    os.umask(0o077)
    told = f"SELECT record_id_l, record_id_r, match_probability, said_l, said_r FROM {found.physical_name}"  # noqa: S608  its own table
    run(f"COPY ({told}) TO '{str(pairs).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
    [(count,)] = run(f"SELECT count(*) FROM {found.physical_name}").fetchall()  # noqa: S608
    return int(count)


if __name__ == "__main__":
    people, pairs = map(Path, sys.argv[1:3])
    print(f"{pairs}: {link(people, pairs)} pairs")
