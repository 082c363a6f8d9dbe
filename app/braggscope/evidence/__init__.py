"""A comparison as a bundle: everything to read it, check it and make it again."""
