"""The commands of `koond`, a file for each kind. Thin: each finds folders, calls one function of the house, and prints."""
