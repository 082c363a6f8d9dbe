"""Image files of each format, written by other libraries than the readers'."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import fabio.cbfimage
import fabio.edfimage
import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.generic]
SHAPE = (7, 11)


def counts(dtype: str = "int32") -> Array:
    """An image without marks: whole numbers, the largest 2¹⁶ − 2."""
    values = np.random.default_rng(7).integers(0, 40_000, SHAPE)
    values[3, 4] = 65_534
    return values.astype(dtype)


def smv(path: Path, image: Array) -> None:
    kinds = {"uint16": "unsigned_short", "int32": "long_integer", "float32": "float"}
    order = "big_endian" if image.dtype.byteorder == ">" else "little_endian"
    kind = kinds[image.dtype.newbyteorder("=").name]
    text = (
        f"{{\nHEADER_BYTES=  512;\nDIM=2;\nBYTE_ORDER={order};\nTYPE={kind};\n"
        f"SIZE1={image.shape[1]};\nSIZE2={image.shape[0]};\nPIXEL_SIZE=0.1;\n}}\n"
    )
    path.write_bytes(text.encode().ljust(512) + image.tobytes())


def cbf(path: Path, image: Array) -> None:
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    fabio.cbfimage.CbfImage(data=image).write(str(plain))
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()


def edf(path: Path, image: Array) -> None:
    fabio.edfimage.EdfImage(data=image).write(str(path))


def tiff(path: Path, image: Array) -> None:
    Image.fromarray(image).save(path)


def packed_tiff(path: Path, image: Array) -> None:
    Image.fromarray(image).save(path, compression="tiff_lzw")


def marccd(path: Path, image: Array) -> None:
    """A TIFF directory, 3072 bytes of MarCCD's header, and the pixels at 4096."""
    entries = [(256, image.shape[1]), (257, image.shape[0]), (258, 16), (259, 1), (262, 1),
               (273, 4096), (277, 1), (278, image.shape[0]), (279, image.nbytes)]  # fmt: skip
    head = b"II*\0" + (8).to_bytes(4, "little") + len(entries).to_bytes(2, "little")
    for tag, value in entries:
        head += tag.to_bytes(2, "little") + (4).to_bytes(2, "little") + (1).to_bytes(4, "little")
        head += value.to_bytes(4, "little")
    head += bytes(4)
    path.write_bytes(head.ljust(1024, b"\0") + bytes(3072) + image.tobytes())


def hdf5(path: Path, image: Array) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("entry/data")
        group.create_dataset("data", data=image[None], chunks=(1, *image.shape), compression=4)


def eiger(path: Path, image: Array) -> None:
    """A master file with a pixel mask, and two data files with bitshuffle and LZ4."""
    for number in (1, 2):
        with h5py.File(path.parent / f"x_data_{number:06d}.h5", "w") as file:
            file.create_dataset(
                "entry/data/data",
                data=np.stack([image + number, image + 10 * number]),
                chunks=(1, *image.shape),
                **hdf5plugin.Bitshuffle(),
            )
    mask = np.zeros(image.shape, np.uint32)
    mask[0, :3] = 1
    with h5py.File(path, "w") as file:
        for number in (1, 2):
            name = f"x_data_{number:06d}"
            link = h5py.ExternalLink(f"{name}.h5", "/entry/data/data")
            file.require_group("entry/data")[name[2:]] = link
        file["entry/instrument/detector/detectorSpecific/pixel_mask"] = mask


def npy(path: Path, image: Array) -> None:
    np.save(path, image)


def npz(path: Path, image: Array) -> None:
    np.savez_compressed(path, about=np.array([1.0]), image=image)


def raw(path: Path, image: Array) -> None:
    path.write_bytes(image.tobytes())


#: file name -> writer, and the type of its pixels.
FORMATS: dict[str, tuple[Callable[[Path, Array], None], str]] = {
    "x.img": (smv, "uint16"),
    "x.cbf": (cbf, "int32"),
    "x.cbf.gz": (cbf, "int32"),
    "x.edf": (edf, "float32"),
    "x.tif": (tiff, "float32"),
    "packed.tif": (packed_tiff, "uint16"),
    "x.mccd": (marccd, "uint16"),
    "x.h5": (hdf5, "uint32"),
    "x_master.h5": (eiger, "uint16"),
    "x.npy": (npy, "float64"),
    "x.npz": (npz, "float32"),
    "x.bin": (raw, "float32"),
}


def write(folder: Path, name: str) -> tuple[Path, Array]:
    """A file of that name, and the image that its first frame holds."""
    writer, dtype = FORMATS[name]
    image = counts(dtype)
    if name == "x_master.h5":
        image = np.minimum(image, 40_000)  # type: ignore[call-overload]
    writer(folder / name, image)
    return folder / name, image + 1 if name == "x_master.h5" else image
