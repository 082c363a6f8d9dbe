"""What a format cannot hold of an experiment."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from braggscope.experiment.model import Experiment


def unsaid_fields(experiment: Experiment, carried: Collection[str]) -> tuple[str, ...]:
    """Fields that were said, differ from their default and are not carried; one line each.

    Args:
        experiment: what was to be written.
        carried: dotted paths that the format holds; a group's name stands for all its fields.
    """
    return tuple(
        text
        for path, text in _said(experiment)
        if path not in carried and path.partition(".")[0] not in carried
    )


def _said(experiment: Experiment) -> Iterator[tuple[str, str]]:
    for group in type(experiment).model_fields:
        part = getattr(experiment, group)
        for name, info in type(part).model_fields.items():
            value = getattr(part, name)
            if value is None or value == info.default:
                continue
            plain = isinstance(value, bool | int | float | str | tuple)
            path = f"{group}.{name}"
            yield path, f"{path} = {value}" if plain else path
