"""The engine contract. An engine lives in a worker process of its own and never sees Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from braggscope.api.run import Pixel, Run
from braggscope.api.trace import PixelTrace
from braggscope.errors import Cancelled

OptionKind = Literal["choice", "path", "text", "number"]


@dataclass(frozen=True)
class EngineOption:
    """Something that an engine can be told, such as its precision or a file to read.

    Attributes:
        name: key in Run.options.
        title: name for people.
        choices: allowed values, the default first; empty means free text.
        description: what the choice does.
        kind: "path" is a file, which the host makes absolute; "number" a finite one.
        default: value where none is given, for options without choices; "" leaves it out.
        required: whether a run without a value is refused.
        patterns: names of files to offer for a path, such as "*.cbf".
        rare: whether it may be kept out of sight until it is asked for.
    """

    name: str
    title: str
    choices: tuple[str, ...] = ()
    description: str = ""
    kind: OptionKind = "choice"
    default: str = ""
    required: bool = False
    patterns: tuple[str, ...] = ()
    rare: bool = False

    @property
    def fallback(self) -> str:
        """The value where none is given."""
        return self.choices[0] if self.choices else self.default


@dataclass(frozen=True)
class Availability:
    """Whether an engine can run here.

    Attributes:
        available: True when it can.
        device: what it would run on, in words.
        version: version of the engine or of the program behind it.
        reason: why it cannot, and what would help; "" when it can.
    """

    available: bool
    device: str = ""
    version: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Preparation:
    """What an engine knows of a run before it starts.

    Attributes:
        shape: (slow, fast) of the image to come.
        dtype: its NumPy type, such as "float64".
        precision: name of the precision, for the provenance.
        notes: what the user should know.
        version: of what will make the image, where it can change while the engine lives; "": it is
            that of the availability.
        has_mask: whether `RunContext.mask` is to be filled.
        own_shape: whether the image has this shape whatever the experiment says, as a file has;
            the host then refuses an experiment with another detector.
    """

    shape: tuple[int, int]
    dtype: str
    precision: str
    notes: tuple[str, ...] = ()
    version: str = ""
    has_mask: bool = False
    own_shape: bool = False


@dataclass(frozen=True)
class Limit:
    """How fast the engine's device could make an image, by what was measured there just now.

    Attributes:
        operations: fused multiply-adds, or operations that take as long, that the run needs with
            this engine, those on each number counted.
        operations_per_s: measured rate of them with all threads.
        traffic_bytes: what must go through memory, bytes.
        bytes_per_s: measured rate of that.
    """

    operations: float
    operations_per_s: float
    traffic_bytes: float
    bytes_per_s: float

    @property
    def arithmetic_s(self) -> float:
        """Seconds that the operations alone would take."""
        return self.operations / self.operations_per_s


@dataclass
class RunContext:
    """How a running engine talks to the host.

    Attributes:
        report: called with the done fraction (0 to 1) and a short message, after every block.
        is_cancelled: True once the user asked to stop.
        command: the engine sets this to the command line it ran, for the provenance.
        notes: the engine appends what the user should know about the result.
        mask: [slow, fast] bool for the engine to set True where a pixel does not count; None unless
            its preparation asked for one.
    """

    report: Callable[[float, str], None] = lambda fraction, message: None
    is_cancelled: Callable[[], bool] = lambda: False
    command: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    mask: NDArray[np.bool_] | None = None

    def progress(self, fraction: float, message: str = "") -> None:
        """Report progress and stop here if the user cancelled.

        Raises:
            Cancelled: the user asked to stop.
        """
        if self.is_cancelled():
            raise Cancelled()
        self.report(fraction, message)


class Engine(Protocol):
    """A simulator. Made by a factory `(engine_id, settings) -> Engine` in its worker process.

    All methods raise BraggscopeError with a message for the user; anything else is reported as a
    fault of the engine, with its traceback.
    """

    def availability(self) -> Availability:
        """Whether it can run on this machine; quick, and never raises."""
        ...

    def prepare(self, run: Run) -> Preparation:
        """Check a run, load what it needs, and say what the image will be."""
        ...

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Fill image, [slow, fast] of the prepared shape and type, which starts as zeros."""
        ...

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> Sequence[PixelTrace]:
        """Walk pixels through the physics with the functions that make the image."""
        ...


class GaugedEngine(Engine, Protocol):
    """An engine that can say how far its images are from the limit of the machine."""

    def limit(self, run: Run) -> Limit | None:
        """The limit for a run, the machine's rates measured anew (a second at most).

        None where the operations of this run are not known.
        """
        ...


EngineFactory = Callable[[str, Mapping[str, str]], Engine]
