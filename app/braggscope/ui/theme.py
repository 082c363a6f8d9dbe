"""Light and dark: palettes of our own on Fusion, and colours that mean something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette

#: Outlines are the window's colour, darker by this, in percent.
_FUSION_DARKENS: Final = 140
ThemeChoice = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Theme:
    """The colours of one theme, as "#rrggbb".

    Attributes:
        side_a, side_b: the two runs; never the only way to tell them apart.
        good, bad, warn: verdicts and states; always beside a sign and a word.
        image: behind detector images.
        outline: around fields to type in.
    """

    dark: bool
    window: str
    base: str
    raised: str
    text: str
    muted: str
    border: str
    outline: str
    accent: str
    accent_text: str
    side_a: str
    side_b: str
    good: str
    bad: str
    warn: str
    image: str


LIGHT: Final = Theme(
    dark=False,
    window="#f3f4f6",
    base="#ffffff",
    raised="#fbfbfc",
    text="#1b1f24",
    muted="#5b6470",
    border="#cdd2d9",
    outline="#9299a3",
    accent="#1f6fb5",
    accent_text="#ffffff",
    side_a="#0b62a8",
    side_b="#a84a00",
    good="#17703a",
    bad="#b3261e",
    warn="#8a5a00",
    image="#dfe2e6",
)
DARK: Final = Theme(
    dark=True,
    window="#1f2227",
    base="#17191d",
    raised="#272b31",
    text="#e7e9ec",
    muted="#a2abb6",
    border="#3c424b",
    outline="#707a86",
    accent="#4aa3e6",
    accent_text="#0c1218",
    side_a="#6db8f2",
    side_b="#f2a15f",
    good="#63cf8b",
    bad="#ff8a80",
    warn="#e8b95a",
    image="#101215",
)


def current_theme() -> Theme:
    """The theme that the application shows now."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def chosen_theme(choice: ThemeChoice) -> Theme:
    """The theme for a choice; "system" is light where the system does not say."""
    if choice != "system":
        return DARK if choice == "dark" else LIGHT
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def palette_of(theme: Theme) -> QPalette:
    """The theme as Qt's palette."""
    role = QPalette.ColorRole
    palette = QPalette()
    colors = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.base,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_text,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Accent: theme.accent,
        role.Light: QColor(theme.raised).lighter(110).name(),
        role.Midlight: theme.raised,
        role.Mid: theme.border,
        role.Dark: QColor(theme.border).darker(115).name(),
        role.Shadow: "#000000",
    }
    for part, color in colors.items():
        palette.setColor(part, QColor(color))
    for part in (role.WindowText, role.Text, role.ButtonText):
        faded = _mixed(theme.text, theme.window, 0.55)
        palette.setColor(QPalette.ColorGroup.Disabled, part, faded)
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.border))
    return palette


def outlined_palette_of(theme: Theme) -> QPalette:
    """The palette of fields and menus, whose outlines Fusion makes from a colour else unused there.

    It would be darker than a dark window, and not to be seen.
    """
    palette = palette_of(theme)
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.outline).lighter(_FUSION_DARKENS))
    return palette


def _mixed(one: str, other: str, share: float) -> QColor:
    first, second = QColor(one), QColor(other)
    return QColor.fromRgbF(
        first.redF() * (1 - share) + second.redF() * share,
        first.greenF() * (1 - share) + second.greenF() * share,
        first.blueF() * (1 - share) + second.blueF() * share,
    )
