"""What the commands print for a person, a module for each thing that is printed."""
