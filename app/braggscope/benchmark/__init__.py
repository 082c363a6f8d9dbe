"""How fast engines are: the same runs on each of them, side by side."""
