"""check.py BEFORE CLASSIC AFTER: metrics asked for one after the other, the second in the classic format, the others in
OpenMetrics, are taken by the strict parser and say the same: what ages lies in between, all else is equal."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

from feed import CHANNELS, NAMES


def series(path, parse):
    """Every series of a file, with its value; and the families' types."""
    with open(path, encoding="utf-8", newline="") as file:
        families = list(parse(file.read()))
    found = {}
    for family in families:
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found, {family.name: family for family in families}


before, families = series(sys.argv[1], openmetrics)
between, _ = series(sys.argv[2], classic)
after, _ = series(sys.argv[3], openmetrics)
assert before.keys() == between.keys() == after.keys(), before.keys() ^ between.keys() ^ after.keys()
for key, value in between.items():
    assert before[key] <= value <= after[key], (key, before[key], value, after[key])
    if not key[0].endswith(("_age_seconds", "_idle_seconds", "_uptime_seconds")):
        assert before[key] == after[key], (key, before[key], after[key])

for name, family in families.items():
    assert family.documentation.endswith("."), name
    for unit in ["seconds", "bytes", "ratio"]:
        assert (family.unit == unit) == name.endswith("_" + unit), name
streams = {dict(labels)["stream"] for (name, labels) in between if name == "nobacktrackd_stream_steps_total"}
assert streams == {*NAMES, "plant"}, streams
channels = {dict(labels)["channel"] for (name, labels) in between if name == "nobacktrackd_forecast_skill_ratio"}
assert channels == set(CHANNELS), channels


def value(name, **labels):
    return between["nobacktrackd_" + name, tuple(sorted(labels.items()))]


assert value("samples_learned_total") == 300 * len(NAMES) + 1
assert value("samples_repeated_total") == 1
assert value("samples_received_total") == 300 * len(NAMES) + 2 + 5
for reason in ["bad_syntax", "bad_number", "unknown_channel", "bad_stream_name", "late_sample"]:
    assert value("samples_rejected_total", reason=reason) == 1, reason
assert value("update_duration_seconds_count") == value("samples_learned_total")
assert value("checkpoints_written_total") == value("streams") == value("streams_in_memory") == len(streams)
assert value("stream_last_sample_timestamp_seconds", stream=NAMES[0]) == 1763935499.25
print(f"metrics: {len(between)} series of {len(families)} families, equal in both formats")
