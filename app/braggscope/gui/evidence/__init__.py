"""File ▸ Export evidence, Open evidence, and its verification."""
