"""The log dock."""
