"""Settings of the user: one TOML file in the configuration folder."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Final

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from braggscope.engine_files.finding import checked_place
from braggscope.errors import InvalidInput
from braggscope.toml_complaints import complaints
from braggscope.whole_files import write_text

CONFIG_DIR_VARIABLE: Final = "BRAGGSCOPE_CONFIG_DIR"
FILE_NAME: Final = "settings.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class PluginSettings(_Section):
    """Which plugins are loaded."""

    disabled: tuple[str, ...] = Field((), description="Names of plugins that are not loaded.")


class RunSettings(_Section):
    """How runs are scheduled."""

    parallel: int = Field(
        1, ge=1, le=64, description="Runs at a time; with more than one, wall times mean little."
    )
    cancel_grace_s: float = Field(
        2.0, gt=0, le=600, description="Seconds a cancelled engine has to stop before it is killed."
    )
    start_limit_s: float = Field(
        60.0, gt=0, le=3600, description="Seconds an engine's process has to come up."
    )


class LimitSettings(_Section):
    """How much memory and disk results may take."""

    cache_bytes: int = Field(2**30, ge=0, description="Images kept to be shown again, bytes.")
    array_bytes: int = Field(2**34, ge=1, description="The largest single image, bytes.")
    autosave_bytes: int = Field(
        2**30, ge=0, description="Images kept on disk in case the window is killed, bytes."
    )


class BoundSettings(_Section):
    """What a metric must keep to in the window; with both ends open it does not decide."""

    lower: float | None = Field(None, allow_inf_nan=False)
    upper: float | None = Field(None, allow_inf_nan=False)


class Settings(_Section):
    """Everything the user can set.

    Attributes:
        engines: engine id -> free settings that the engine knows, such as program or time_limit_s;
            `interpreter` names the Python that its worker runs in, `threads` how many threads it
            may use.
        engine_files: TOML files that describe engines, or folders of them; relative names begin at
            the folder of the settings.
        bounds: metric id -> bounds of the window's verdict in place of the metric's own.
        tolerances: profile -> variable -> tolerance of traces in the window in place of the
            profile's own; see `braggscope.api.tolerances`.
    """

    engines: dict[str, dict[str, str]] = Field(default_factory=dict)
    engine_files: tuple[str, ...] = ()
    plugins: PluginSettings = PluginSettings()
    runs: RunSettings = RunSettings()
    limits: LimitSettings = LimitSettings()
    bounds: dict[str, BoundSettings] = Field(default_factory=dict)
    tolerances: dict[str, dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]] = Field(
        default_factory=dict
    )

    def engine(self, engine_id: str) -> dict[str, str]:
        """The settings of one engine."""
        return dict(self.engines.get(engine_id, {}))


def settings_path() -> Path:
    """Where the settings are kept; BRAGGSCOPE_CONFIG_DIR overrides the folder."""
    folder = os.environ.get(CONFIG_DIR_VARIABLE)
    return Path(folder or platformdirs.user_config_dir("braggscope")) / FILE_NAME


def load_settings(path: Path | None = None) -> tuple[Settings, InvalidInput | None]:
    """The settings, and what is wrong with their file; then they are the defaults."""
    file = path or settings_path()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(), None
    except (OSError, UnicodeDecodeError) as error:
        return Settings(), _unusable(file, str(error))
    try:
        settings = Settings.model_validate(tomllib.loads(text))
        for name in settings.engine_files:
            checked_place(file.parent / Path(name).expanduser())
        return settings, None
    except tomllib.TOMLDecodeError as error:
        return Settings(), _unusable(file, f"it is not valid TOML: {error}")
    except InvalidInput as error:
        return Settings(), _unusable(file, f"engine_files: {error.where}: {error.why}")
    except ValidationError as error:
        return Settings(), _unusable(file, "; ".join(complaints(error, text)))


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings that differ from the defaults, whole or not at all.

    Raises:
        InvalidInput: the file cannot be written.
    """
    import tomli_w

    file = path or settings_path()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            "the settings cannot be saved",
            where=str(file),
            why=error.strerror or str(error),
            remedy="Check the permissions of the folder and the space on the disk",
        ) from error
    write_text(file, tomli_w.dumps(settings.model_dump(mode="json", exclude_defaults=True)))


def _unusable(file: Path, why: str) -> InvalidInput:
    return InvalidInput(
        "the settings cannot be used; the defaults are in force",
        where=str(file),
        why=why,
        remedy="Correct the file, or remove it to start afresh",
    )
