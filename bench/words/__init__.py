"""`make bench-words`: what people receive, measured row by row over readers of our own, beside each row's goal."""
