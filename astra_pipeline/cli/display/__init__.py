"""Tables and cards that the commands print for a person, a module for each command or group."""
