"""The matcher on invented people, a short form of `carehub bench identity`: throughput, comparisons, and how right it is."""

from __future__ import annotations

from table import Row

from carehub.wiring.identity_bench.apart import apart
from carehub.wiring.identity_bench.feeding import fed, shipped_model
from carehub.wiring.identity_bench.labelled import Wanted


def identity_rows(records: int) -> list[Row]:
    """Four rows of one run over so many records, one at a time, under the shipped model."""
    told = apart(fed, Wanted("generated", size=records), shipped_model()).answer
    remark = f"{records:,} invented records one at a time, in memory, shipped model"
    right = f"recall {told['pairs']['recall']:.4f}, {told['review']['recall']:.4f} when every question is answered; {told['false_merges']} false merges"
    return [
        Row(
            "Linking, records a second of processor time",
            "1/s",
            [told["records_per_second"]["linking_only"]],
            on_ratio=False,
            remark=remark,
        ),
        Row("Linking, one record with standardising, p99", "ms", [told["ms_per_record"]["p99"]], better="lower", on_ratio=False),
        Row("Linking, comparisons a record", "", [told["comparisons"]["mean"]], goal="S6", limits=(15, 10), better="lower", on_ratio=False),
        Row("Linking, precision of pairs", "", [told["pairs"]["precision"]], limits=(0.999, 0.9999), on_ratio=False, remark=right),
    ]
