"""The pictures of the documentation, each made by a module of this package or by a browser test."""
