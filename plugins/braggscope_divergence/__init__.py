"""Where A and B begin to differ, over the whole image: a survey of traces, as table and map."""
