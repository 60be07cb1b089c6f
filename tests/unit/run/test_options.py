import pytest

from sizewise.errors import RequestError
from sizewise.run import RunOptions, TimingMode
from sizewise.run.options import usable_cores


def test_times_are_measured_one_after_another_unless_several_workers_are_asked_for():
    assert RunOptions().mode is TimingMode.SERIAL
    assert RunOptions().crew_size == 1
    assert RunOptions(workers=1).mode is TimingMode.SERIAL
    assert RunOptions(workers=3).mode is TimingMode.PARALLEL
    assert RunOptions(workers=3).crew_size == 3
    assert RunOptions(timing=TimingMode.PARALLEL).crew_size == usable_cores()
    assert RunOptions(cluster="tcp://a:1", store="s3://b").mode is TimingMode.PARALLEL


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"workers": 0}, "0 workers do no work"),
        ({"time_limit_seconds": 0}, "leaves no time"),
        ({"workers": 2, "timing": TimingMode.SERIAL}, "leave --timing serial out"),
        ({"cluster": "tcp://a:1"}, "need a store that all of them reach"),
        ({"cluster": "tcp://a:1", "store": "s3://b", "workers": 2}, "has its own workers"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, word):
    with pytest.raises(RequestError, match=word):
        RunOptions(**options)
