"""Set-up physics: pure functions over plain arrays, from parameters to what rendering needs.

Section numbers in docstrings are those of the project's nanoBragg specification ("spec").
Everything is float64 and SI unless a name says otherwise.
"""
