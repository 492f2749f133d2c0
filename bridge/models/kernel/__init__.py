"""The optional compiled kernel: the same steps as NumPy's, at the speed of memory."""
