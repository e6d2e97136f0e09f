"""What makes the weights that ship with the package: the corpus as data, and one command a model."""
