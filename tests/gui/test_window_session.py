"""The session without Qt: what is run, what is dropped, what is compared."""

from __future__ import annotations

from braggscope.api import BraggscopeError, EngineFailed, Pixel
from braggscope.gui.agreement.presenter import agreement_of
from braggscope.gui.runs.presenter import card_of, difference_rows, state_line
from braggscope.gui.session import Session
from braggscope.gui.slots import Phase, Progress
from tests.gui.fake_host import ENGINES, METRICS, FakeHost, small_experiment


def session_with(host: FakeHost) -> Session:
    session = Session(host, ENGINES, lambda call: call(), lambda news: None)
    session.set_experiment(small_experiment())
    for slot in session.slots:
        session.check_engine(slot.engine)
    return session


def test_two_rows_stand_ready() -> None:
    session = session_with(FakeHost())
    assert [slot.engine for slot in session.slots] == ["torch-cpu", "nanobragg-c"]
    assert session.slot("A").engine == "torch-cpu"
    assert state_line(session, session.slot("A")).text == "Ready"
    assert difference_rows(session)[0].name == "engine"


def test_run_leads_to_a_verdict() -> None:
    session = session_with(FakeHost())
    assert agreement_of(session, METRICS).headline == "Not compared yet"
    session.run()
    agreement = agreement_of(session, METRICS)
    assert (agreement.sign, agreement.headline) == ("✓", "Agrees")
    assert agreement.rows[1].pixel == Pixel(7, 9)
    assert len(session.host.analyses) == 1
    assert session.slot("A").phase is Phase.DONE


def test_a_wrong_override_is_shown_and_never_sent() -> None:
    session = session_with(FakeHost())
    slot = session.slot("B")
    session.edit(
        slot.id, overrides=("beam.wavelength_A=-1", "beam.wavelenth=2", "detector.pixel_mm*=2")
    )
    first, second, third = session.override_problems(session.slot("B"))
    assert "at least 1e-06" in first
    assert "beam.wavelenth is not a field" in second
    assert third == ""
    session.run()
    assert [run.engine for run, _, _ in session.host.runs] == ["torch-cpu"]
    assert session.slot("B").phase is Phase.FAILED
    assert "override" in card_of(session, session.slot("B")).state.text


def test_overrides_apply_one_after_the_other() -> None:
    session = session_with(FakeHost())
    lines = ("beam.wavelength_A*=2", "beam.wavelength_A*=2")
    session.edit(session.slot("B").id, overrides=lines)
    run = session.run_of(session.slot("B"))
    assert run.effective_experiment.beam.wavelength_A == 4.0
    assert ("beam.wavelength_A", "1", "4") in [
        (row.name, row.a, row.b) for row in difference_rows(session)
    ]


def test_results_of_a_replaced_run_are_dropped() -> None:
    host = FakeHost(auto=False)
    session = session_with(host)
    session.run_slot(1)
    session.run_slot(1)
    host.finish(1, factor=2.0)
    host.finish(0, factor=1.0)
    assert session.slot("A").image.data[0, 0] == 2.0


def test_cancel_frees_the_rows_at_once_and_keeps_the_image() -> None:
    host = FakeHost()
    session = session_with(host)
    session.run()
    image = session.slot("A").image
    host.auto = False
    session.run()
    assert session.is_busy
    session.cancel()
    assert not session.is_busy
    assert session.slot("A").phase is Phase.CANCELLED
    assert session.slot("A").image is image
    assert host.runs[-1][1].token.is_set


def test_images_are_outdated_after_an_edit_and_not_after_going_back() -> None:
    session = session_with(FakeHost())
    session.run()
    session.edit(session.slot("B").id, overrides=("beam.wavelength_A*=1.1",))
    assert session.is_outdated(session.slot("B"))
    assert not session.is_outdated(session.slot("A"))
    assert agreement_of(session, METRICS).outdated
    session.edit(session.slot("B").id, overrides=())
    assert not session.is_outdated(session.slot("B"))


def test_a_failed_engine_is_told_and_the_other_goes_on() -> None:
    error = EngineFailed("the worker died", why="killed by signal 9", details="log")
    session = session_with(FakeHost(failure=error))
    session.run()
    line = state_line(session, session.slot("A"))
    assert line.text == "Failed: the worker died"
    assert line.error is error
    assert session.slot("B").phase is Phase.DONE


def test_images_of_unequal_size_are_explained_and_not_compared() -> None:
    host = FakeHost(shapes={"nanobragg-c": (20, 30)})
    session = session_with(host)
    session.run()
    assert host.analyses == []
    agreement = agreement_of(session, METRICS)
    assert "differ in size" in agreement.headline
    assert "40 × 30" in agreement.reasons[0]


def test_swap_assign_add_and_remove() -> None:
    session = session_with(FakeHost())
    session.run()
    a, b = session.slot("A"), session.slot("B")
    session.swap()
    assert (session.slot("A").id, session.slot("B").id) == (b.id, a.id)
    assert session.host.analyses[-1]["a"] is b.image
    session.assign("A", a.id)
    assert session.slot("B").id == b.id
    third = session.add_slot()
    session.assign("B", third.id)
    assert agreement_of(session, METRICS).headline == "Not compared yet"
    session.remove_slot(third.id)
    assert session.slot("B").id == b.id
    session.remove_slot(b.id)
    assert len(session.slots) == 2


def test_another_map_keeps_the_metrics() -> None:
    session = session_with(FakeHost())
    session.run()
    session.analyser.choose_map("abs_difference")
    assert session.host.analyses[-1]["metrics"] == ()
    assert session.analyser.findings.difference_map == "abs_difference"
    assert session.analyser.findings.agrees is True


def test_a_trace_compares_both_runs_as_their_images_show_them() -> None:
    session = session_with(FakeHost())
    session.edit(session.slot("B").id, overrides=("beam.wavelength_A*=1.0001",))
    session.run()
    session.tracer.request(Pixel(3, 4))
    assert session.tracer.state.comparison.first_divergence == "lambda0_m"
    session.swap()
    assert session.tracer.state.pixel is None


def test_no_experiment_is_said() -> None:
    session = session_with(FakeHost())
    session.set_experiment(None, "Distance: must be above 0")
    session.run()
    problem = session.slot("A").problem
    assert isinstance(problem, BraggscopeError)
    assert "Distance" in problem.why
    assert session.host.runs == []


def test_remaining_time() -> None:
    assert Progress(0.25, "", 2.0).remaining_s == 6.0
    assert Progress(0.0, "", 2.0).remaining_s is None


def test_an_old_image_is_not_judged_against_a_new_one_when_a_run_fails() -> None:
    host = FakeHost()
    session = session_with(host)
    session.run()
    host.failure = EngineFailed("the worker died")
    session.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.2))
    session.run()
    assert len(host.analyses) == 1
    agreement = agreement_of(session, METRICS)
    assert (agreement.headline, agreement.rows) == ("No verdict", ())
    assert agreement.reasons == ("A failed: the worker died.",)
    assert session.analyser.findings is None


def test_a_cancelled_run_leaves_no_verdict_about_another_set_up() -> None:
    host = FakeHost()
    session = session_with(host)
    session.run()
    host.auto = False
    session.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.2))
    session.run()
    waiting = agreement_of(session, METRICS)
    assert (waiting.headline, waiting.outdated) == ("Waiting for the runs", True)
    host.finish(2)
    session.cancel()
    assert len(host.analyses) == 1
    assert "B was cancelled." in agreement_of(session, METRICS).reasons


def test_sizes_are_not_compared_while_an_outdated_image_waits_for_its_run() -> None:
    host = FakeHost()
    session = session_with(host)
    session.run()
    host.auto = False
    host.shapes = {"torch-cpu": (20, 30), "nanobragg-c": (20, 30)}
    session.set_experiment(small_experiment().with_override("detector.pixels_slow", 20))
    session.run()
    host.finish(2)
    assert agreement_of(session, METRICS).headline == "Waiting for the runs"
    host.failure = None
    host.runs[3][1].cancel()
    host.finish(3)
    assert "differ in size" not in agreement_of(session, METRICS).headline


def test_the_same_runs_again_keep_their_verdict_until_the_next() -> None:
    host = FakeHost()
    session = session_with(host)
    session.run()
    host.auto = False
    session.run()
    assert agreement_of(session, METRICS).headline == "Agrees"


def test_a_failure_goes_with_its_cause() -> None:
    session = session_with(FakeHost())
    session.run()
    session.set_experiment(None, "Distance: must be above 0")
    session.run()
    assert "Failed" in state_line(session, session.slot("A")).text
    assert session.is_outdated(session.slot("A"))
    assert agreement_of(session, METRICS).headline == "No verdict"
    session.set_experiment(small_experiment())
    assert state_line(session, session.slot("A")).text.startswith("Done in")
    assert agreement_of(session, METRICS).headline == "Agrees"
    session.set_experiment(None, "Distance: must be above 0")
    session.run()
    session.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.2))
    assert state_line(session, session.slot("A")).text.startswith("Outdated")


def test_the_failure_of_an_override_goes_with_it() -> None:
    session = session_with(FakeHost())
    slot_id = session.slot("B").id
    session.edit(slot_id, overrides=("beam.wavelength_A=-1",))
    session.run()
    session.edit(slot_id, overrides=())
    assert state_line(session, session.slot("B")).text == "Ready"


def test_the_failure_of_an_engine_goes_with_its_set_up() -> None:
    session = session_with(FakeHost(failure=EngineFailed("the worker died")))
    session.run()
    session.tell("slots")
    assert state_line(session, session.slot("A")).text == "Failed: the worker died"
    session.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.2))
    assert state_line(session, session.slot("A")).text == "Ready"
    session.set_experiment(small_experiment())
    assert state_line(session, session.slot("A")).text == "Ready"


def test_an_image_from_memory_says_so_and_can_be_made_afresh() -> None:
    session = session_with(FakeHost())
    session.run()
    assert state_line(session, session.slot("A")).text == "Done in 250 ms"
    session.run()
    assert state_line(session, session.slot("A")).text == "From memory: made before in 250 ms"
    session.run(afresh=True)
    assert session.host.cache_allowed[-2:] == [False, False]
    assert state_line(session, session.slot("A")).text == "Done in 250 ms"


def test_the_same_runs_again_keep_the_trace_and_others_drop_it() -> None:
    session = session_with(FakeHost())
    session.run()
    session.tracer.request(Pixel(3, 4))
    comparison = session.tracer.state.comparison
    session.run()
    assert session.tracer.state.comparison is comparison
    session.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.2))
    session.run()
    assert session.tracer.state.pixel is None
