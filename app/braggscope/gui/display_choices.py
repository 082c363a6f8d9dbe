"""Keeps menu, toolbar and presenter of one mind about how images are shown."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSignalBlocker

from braggscope.gui.actions import Actions, DisplayBar, check_choice
from braggscope.gui.images.presenter import ImagesPresenter
from braggscope.io.rendering import Scale


class DisplayChoices:
    """The same choice stands in a menu and on the toolbar; both follow the presenter."""

    def __init__(self, actions: Actions, bar: DisplayBar, images: ImagesPresenter) -> None:
        self._actions, self._bar, self._images = actions, bar, images
        bar.scale.activated.connect(lambda index: self._scale(bar.scale.itemData(index)))
        bar.colormap.activated.connect(lambda index: self._colormap(bar.colormap.itemData(index)))
        bar.percentile.activated.connect(
            lambda index: self._percentile(bar.percentile.itemData(index))
        )
        actions.percentiles.triggered.connect(lambda action: self._percentile(action.data()))
        actions.scales.triggered.connect(lambda action: self._scale(action.data()))
        actions.colormaps.triggered.connect(lambda action: self._colormap(action.data()))
        actions.difference_colormaps.triggered.connect(
            lambda action: self._difference_colormap(action.data())
        )
        actions["log"].toggled.connect(lambda on: self._scale("log" if on else "linear"))
        actions["invert"].toggled.connect(images.set_inverted)
        actions["linked"].toggled.connect(images.set_linked)
        actions["auto"].triggered.connect(lambda: images.set_automatic())
        self.show()

    def show_map(self, name: str) -> None:
        """Mark the chosen difference map."""
        check_choice(self._actions.maps, name)
        self._bar.choose(self._bar.maps, name)

    def show_theme(self, name: str) -> None:
        """Mark the chosen theme."""
        check_choice(self._actions.themes, name)

    def _scale(self, scale: str) -> None:
        if scale != self._images.display.scale:
            self._images.set_scale(cast(Scale, scale))
        self.show()

    def _percentile(self, percent: str) -> None:
        self._images.set_percentile(float(percent))
        self.show()

    def _colormap(self, name: str) -> None:
        self._images.set_colormap(name)
        self.show()

    def _difference_colormap(self, name: str) -> None:
        self._images.set_difference_colormap(name)
        self.show()

    def show(self) -> None:
        """Mark what the presenter does now."""
        display, actions, bar = self._images.display, self._actions, self._bar
        check_choice(actions.scales, display.scale)
        check_choice(actions.percentiles, f"{display.percentile:g}")
        check_choice(actions.colormaps, display.colormap)
        check_choice(actions.difference_colormaps, display.difference_colormap)
        for name, on in (
            ("log", display.scale == "log"),
            ("invert", display.inverted),
            ("linked", display.linked),
            ("mean", display.mean),
            ("clipped", display.mark_clipped),
        ):
            blocker = QSignalBlocker(actions[name])
            actions[name].setChecked(on)
            blocker.unblock()
        bar.choose(bar.scale, display.scale)
        bar.choose(bar.colormap, display.colormap)
        bar.choose(bar.percentile, f"{display.percentile:g}")
