"""Bundles and the networks in them: from a ``.mag`` file to notes, without TensorFlow.

This file imports nothing, so that a process can set the number of BLAS threads before NumPy loads.
"""
