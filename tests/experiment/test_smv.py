"""SMV headers and masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment.files import sha256_of
from braggscope.experiment.model import MaskFile
from braggscope.experiment.smv import header_number, load_mask, read_smv, write_mask


def test_a_keyword_is_found_where_its_text_occurs_last() -> None:
    header = "{\nDISTANCE=100;\nPHI=3x;\nXDS_ORGX=7.5;\nCLOSE_DISTANCE=90;\nODD"
    assert header_number(header, "DISTANCE") == 90
    assert header_number(header, "ORGX") == 7.5
    assert header_number(header, "PHI") == 3
    assert header_number(header, "WAVELENGTH") is None
    assert header_number(header, "ODD") is None


def test_dimensions_stand_in_for_a_size_of_zero(tmp_path: Path) -> None:
    """One number for both sides (spec 3.1)."""
    text = b"{\nSIZE1=0;\nSIZE2=0;\nDETECTOR_DIMENSIONS=3 2;\n}"
    (tmp_path / "i.img").write_bytes(text.ljust(512) + bytes(18))
    image = read_smv(tmp_path / "i.img", "image")
    assert (image.fast_pixels, image.slow_pixels) == (3, 3)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no SIZE1"),
        (b"{SIZE1=2;SIZE2=2;}".ljust(512) + bytes(7), "1 bytes shorter"),
        (b"{SIZE1=-2;SIZE2=2;}".ljust(512), "SIZE1 and SIZE2 are -2 and 2"),
        (b"{HEADER_BYTES=1e99;}", "HEADER_BYTES"),
        (b"{HEADER_BYTES=0;SIZE1=1;SIZE2=1;}".ljust(600), "HEADER_BYTES is 0"),
        (b"{SIZE1=1;SIZE2=1;PHI=nan;}".ljust(600), "PHI"),
    ],
)
def test_what_cannot_be_used_is_named(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "i.img").write_bytes(content)
    with pytest.raises(InvalidInput, match=why) as caught:
        read_smv(tmp_path / "i.img", "image")
    assert "i.img" in str(caught.value)


def test_a_mask_lets_through_what_is_not_zero(tmp_path: Path) -> None:
    wanted = np.array([[True, False, True], [False, True, True]])
    path = tmp_path / "mask.img"
    write_mask(wanted, path)
    reference = MaskFile(path=path, sha256=sha256_of(path.read_bytes()))
    assert np.array_equal(load_mask(reference, (2, 3)), wanted)
    with pytest.raises(InvalidInput, match="2 × 3 pixels"):
        load_mask(reference, (3, 2))
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(InvalidInput, match="has changed"):
        load_mask(reference, (2, 3))
