"""What the overlays draw, against the geometry that images are made with."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from braggscope.api import DetectorImage, Line, Marks, OverlayScene, Provenance, Run
from braggscope.experiment import Experiment
from braggscope.physics.places import directions as looking
from braggscope.physics.places import points_towards, scattering_per_A
from braggscope.physics.resolution import geometry_of, resolution_A
from braggscope_overlays.geometry import (
    beam_centre_marks,
    detector_axes,
    region_of_interest,
    resolution_rings,
    round_resolutions,
)
from braggscope_overlays.mask import edges, mask_outline
from braggscope_overlays.predicted import predict, predicted_reflections
from braggscope_torch.engine import create
from tests.engines.random_agreement import image_of

FLAGS = (
    "-cell 40 50 60 80 90 100 -misset 10 20 30 -default_F 100 -N 10 -lambda 1 -distance 100"
    " -pixel 0.2 -detpixels_x 400 -detpixels_y 500"
)


def scene(more: str = "", visible: object = None, mask: object = None) -> OverlayScene:
    run = Run(experiment=Experiment.from_nanobragg(f"{FLAGS} {more}".split()), engine="torch-cpu")
    shape = run.setup.detector.shape
    image = DetectorImage(np.zeros(shape, np.float32), mask, Provenance(run))  # type: ignore[arg-type]
    whole = ((0.0, float(shape[0])), (0.0, float(shape[1])))
    return OverlayScene(image, run, visible or whole, None)  # type: ignore[arg-type]


TURNED = "-detector_rotx 5 -detector_roty 12 -twotheta 8"


@pytest.mark.parametrize("more", ["", TURNED, "-curved_det"])
def test_a_point_and_its_direction_lead_to_each_other(more: str) -> None:
    setup = scene(more).run.setup  # type: ignore[union-attr]
    points = np.array(list(itertools.product((3.2, 250.0, 490.5), (1.0, 200.0, 399.0))))
    assert np.allclose(points_towards(setup, looking(setup, points)), points, atol=1e-6)


@pytest.mark.parametrize("more", ["", TURNED, "-curved_det"])
def test_rings_lie_at_their_resolution_and_are_labelled_in_view(more: str) -> None:
    given = scene(more)
    geometry = geometry_of(given.run.setup)  # type: ignore[union-attr]
    assert geometry is not None
    rings = resolution_rings(given)
    assert 3 <= len(rings) <= 8
    for ring in rings:
        assert isinstance(ring, Line)
        points = ring.points[np.isfinite(ring.points).all(axis=1)]
        wanted = float(ring.label.split()[0])
        assert np.allclose(resolution_A(geometry, *points.T), wanted, rtol=1e-6)
        if ring.label_at is not None:
            slow, fast = ring.label_at
            assert 0 < slow < 500
            assert 0 < fast < 400


def test_round_resolutions_suit_the_view() -> None:
    assert round_resolutions(1.3, 60.0)[:3] == [1.5, 2.0, 3.0]
    near = round_resolutions(2.01, 2.04)
    assert near[0] >= 2.01
    assert near[-1] <= 2.04
    assert len(near) >= 3
    assert round_resolutions(3.0, 3.0) == []


def test_the_beam_is_where_the_direct_beam_goes() -> None:
    (marks,) = beam_centre_marks(scene(TURNED))
    assert isinstance(marks, Marks)
    setup = scene(TURNED).run.setup  # type: ignore[union-attr]
    assert np.linalg.norm(scattering_per_A(setup, marks.points)) < 1e-12


def test_predicted_reflections_meet_the_sphere_where_they_stand() -> None:
    given = scene("-phi 12 -osc 1 -phisteps 5")
    setup = given.run.setup  # type: ignore[union-attr]
    found = predict(setup, given.visible, given.image.shape)
    assert found is not None
    hkl, points = found
    assert len(hkl) > 50
    inverses = [np.linalg.inv(turned) for turned in _orientations(setup)]
    seen = scattering_per_A(setup, points)
    misses = np.min([np.abs(seen @ inverse - hkl).max(axis=1) for inverse in inverses], axis=0)
    # Half a fringe of a crystal of ten cells, along the worst direction.
    assert misses.max() < 0.25
    (marks,) = predicted_reflections(given)
    assert isinstance(marks, Marks)
    assert marks.labels[0] == " ".join(str(i).replace("-", "−") for i in hkl[0])


def _orientations(setup: object) -> list[np.ndarray]:
    from braggscope_overlays.predicted import orientations

    return orientations(setup.crystal)  # type: ignore[attr-defined]


def test_bright_pixels_of_an_image_are_predicted() -> None:
    """Where the engine puts a spot, the overlay puts a circle."""
    given = scene("-phi 12 -osc 0")
    assert given.run is not None
    image = image_of(create("torch-cpu", {}), given.run)
    found = predict(given.run.setup, given.visible, given.image.shape)
    assert found is not None
    image = np.nan_to_num(image)
    brightest = np.argsort(image.ravel())[::-1][:30]
    for pixel in brightest:
        slow, fast = divmod(int(pixel), image.shape[1])
        distance = np.linalg.norm(found[1] - [slow + 0.5, fast + 0.5], axis=1)
        assert distance.min() < 6.0


def test_too_large_a_cell_asks_to_zoom_in() -> None:
    given = scene("-cell 900 900 900 90 90 90 -lambda 0.5")
    (line,) = predicted_reflections(given)
    assert isinstance(line, Line)
    assert "zoom in" in line.label
    near = scene("-cell 900 900 900 90 90 90 -lambda 0.5", ((240.0, 260.0), (190.0, 210.0)))
    assert all(isinstance(item, Marks) for item in predicted_reflections(near))


def test_mask_edges_are_joined_in_runs() -> None:
    mask = np.zeros((6, 7), bool)
    mask[1:3, 2:5] = True
    runs = edges(mask).reshape(-1, 3, 2)[:, :2]
    wanted = {
        ((1.0, 2.0), (1.0, 5.0)),
        ((3.0, 2.0), (3.0, 5.0)),
        ((1.0, 2.0), (3.0, 2.0)),
        ((1.0, 5.0), (3.0, 5.0)),
    }
    assert {(tuple(a), tuple(b)) for a, b in runs.tolist()} == wanted
    whole = np.zeros((500, 400), bool)
    whole[100:120] = True
    (line,) = mask_outline(scene(visible=((90.0, 110.0), (0.0, 400.0)), mask=whole))
    assert isinstance(line, Line)
    assert line.points[0].tolist() == [100.0, 0.0]
    assert mask_outline(scene()) == []


def test_axes_point_along_fast_and_slow() -> None:
    lines = [item for item in detector_axes(scene()) if isinstance(item, Line)]
    by_label = {line.label: line.points for line in lines}
    fast, slow = by_label["fast"], by_label["slow"]
    assert fast[1, 1] > fast[0, 1]
    assert fast[1, 0] == fast[0, 0]
    assert slow[1, 0] > slow[0, 0]


def test_the_region_of_interest_is_outlined_where_it_is_one() -> None:
    assert region_of_interest(scene()) == []
    (line,) = region_of_interest(scene("-roi 10 19 30 49"))
    assert isinstance(line, Line)
    assert line.points.min(axis=0).tolist() == [30.0, 10.0]
    assert line.points.max(axis=0).tolist() == [50.0, 20.0]


def test_images_without_a_run_have_no_geometry() -> None:
    image = DetectorImage(np.zeros((5, 5)), None, Provenance(None))
    given = OverlayScene(image, None, ((0.0, 5.0), (0.0, 5.0)), None)
    for overlay in (beam_centre_marks, resolution_rings, region_of_interest, predicted_reflections):
        assert overlay(given) == []
