"""A slot with scripted workers: what is tried again, and what is not."""

from dataclasses import replace

import pytest

from sizewise.domain import Cluster, Engine, Finetune, Prune, Qat, Status, Target, Transform
from sizewise.errors import SetupError
from sizewise.plan import make_plan
from sizewise.run.keras import keras_of
from sizewise.run.messages import Done, Finished, Prepare, RunGroup, Working
from sizewise.run.process import WorkerLostError
from sizewise.run.rows import blank
from sizewise.run.slot import DismissedError, Slot
from support.stages import make_spec, make_suite

GROUP = make_plan(make_suite("net")).groups[0]
IDS = tuple(str(job.id) for job in GROUP.jobs)


class Yard:
    """Starts workers that run a group as the real one does, and die where a test wants it.

    ``fatal`` are pairs of a stage and a job's id: a worker dies when it reaches that stage with
    that job among those at work; ``times`` limits how often.
    """

    def __init__(self, *fatal, status=Status.CRASHED, times=99):
        self.fatal, self.status, self.times = fatal, status, times
        self.started = []
        self.tried = []

    def __call__(self, log, *, keras):
        self.started.append(keras)
        return self

    def kill(self):
        pass

    def close(self):
        pass

    def ask(self, command):
        jobs = command.group.jobs
        self.tried.append(tuple(str(job.id) for job in jobs))
        yield from self._reach("warming up", jobs)
        yield from self._reach("opening", jobs)
        for target in dict.fromkeys(job.target for job in jobs):
            of_target = tuple(job for job in jobs if job.target is target)
            yield from self._reach("optimising", of_target)
            for job in of_target:
                yield from self._reach("encoding", (job,))
                yield Finished(blank(job, "f00"))
        yield Done()

    def _reach(self, stage, jobs):
        ids = tuple(str(job.id) for job in jobs)
        yield Working(ids, stage)
        if self.times and any((stage, name) in self.fatal for name in ids):
            self.times -= 1
            raise WorkerLostError("it died", self.status)


def rows(tmp_path, yard):
    slot = Slot(tmp_path / "log", yard, lambda event: None)
    events = list(slot.run(RunGroup(GROUP, tmp_path, 5, {})))
    found = {event.record.job_id: event.record.status for event in events}
    assert len(events) == len(found) == 4, "one row each"
    return found


def lost(found):
    return {name for name, status in found.items() if status is not Status.OK}


def test_nothing_goes_wrong(tmp_path):
    yard = Yard()
    assert lost(rows(tmp_path, yard)) == set()
    assert yard.tried == [IDS]


def test_a_job_that_kills_two_workers_gets_its_row(tmp_path):
    yard = Yard(("encoding", IDS[1]))
    assert lost(rows(tmp_path, yard)) == {IDS[1]}
    assert yard.tried == [IDS, (IDS[1],), IDS[2:]]
    assert len(yard.started) == 3


def test_a_job_that_is_unlucky_once_is_run_again(tmp_path):
    yard = Yard(("encoding", IDS[1]), times=1)
    assert lost(rows(tmp_path, yard)) == set()


def test_one_job_among_those_that_share_a_stage_is_found(tmp_path):
    yard = Yard(("warming up", IDS[2]))
    assert lost(rows(tmp_path, yard)) == {IDS[2]}
    assert yard.tried == [IDS, *((name,) for name in IDS)]


def test_what_all_have_in_common_is_tried_twice_and_not_for_each(tmp_path):
    yard = Yard(*(("opening", name) for name in IDS))
    assert lost(rows(tmp_path, yard)) == set(IDS)
    assert yard.tried == [IDS, (IDS[0],)]


def test_what_a_target_has_in_common_costs_that_target(tmp_path):
    tfjs = [name for name in IDS if name.endswith("@tfjs")]
    yard = Yard(*(("optimising", name) for name in tfjs))
    assert lost(rows(tmp_path, yard)) == set(tfjs)
    assert yard.tried == [IDS, (tfjs[0],), tuple(name for name in IDS if name not in tfjs)]


def test_a_job_that_hangs_is_not_waited_for_twice(tmp_path):
    yard = Yard(("encoding", IDS[0]), status=Status.TIMEOUT)
    found = rows(tmp_path, yard)
    assert found[IDS[0]] is Status.TIMEOUT
    assert yard.tried == [IDS, IDS[1:]]


def test_a_set_up_that_dies_is_a_named_error(tmp_path):
    class Dead(Yard):
        def ask(self, command):
            raise WorkerLostError("it died")
            yield

    with pytest.raises(SetupError, match="the set-up failed: it died; it left no word"):
        Slot(tmp_path / "log", Dead(), print).prepare(Prepare((), (Target.TFJS,)), None)
    with pytest.raises(SetupError, match="the check of the model net failed: it died"):
        Slot(tmp_path / "log", Dead(), print).prepare(Prepare((make_spec(),), ()), None)


def test_a_slot_that_was_stopped_starts_nothing(tmp_path):
    yard = Yard()
    slot = Slot(tmp_path / "log", yard, print)
    slot.stop()
    with pytest.raises(DismissedError):
        list(slot.run(RunGroup(GROUP, tmp_path, 5, {})))
    assert yard.started == []


@pytest.mark.parametrize(
    ("model", "steps", "keras"),
    [
        (None, (), None),
        (2, (), 2),
        (3, (Prune(0.5),), 3),
        (3, (Prune(0.5, finetune=Finetune(1)),), 3),
        (3, (Prune(0.5, finetune=Finetune(1), engine=Engine.TFMOT),), 2),
        (None, (Prune(0.5, finetune=Finetune(1)),), 2),
        (None, (Prune(0.5, finetune=Finetune(1), engine=Engine.MASK),), None),
        (3, (Cluster(16, finetune=Finetune(1)),), 2),
        (3, (Cluster(16),), 3),
        (3, (Qat(Finetune(1)),), 2),
    ],
)
def test_which_keras_is_in_use(model, steps, keras):
    spec = replace(make_spec(), keras=model)
    group = replace(GROUP, model=spec, transform=Transform(steps))
    assert keras_of(group) == keras


def test_another_keras_takes_another_process(tmp_path):
    yard = Yard()
    slot = Slot(tmp_path / "log", yard, lambda event: None)
    for keras in (2, 2, None, 3):
        group = replace(GROUP, model=replace(make_spec(), keras=keras))
        list(slot.run(RunGroup(group, tmp_path, 5, {})))
    assert yard.started == [2, 3]
