"""Names of files that open as experiments; the command line and the window agree on them.

It imports nothing: the command line looks at it before anything else.
"""

from __future__ import annotations

from typing import Final

TOML: Final = ".toml"
#: All formats that say enough to run.
OPENABLE: Final = (TOML, ".expt", ".mtz", ".cif", ".mmcif", ".pdb", ".pdb.gz")
