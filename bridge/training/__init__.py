"""Training of bundles that stock Magenta can load.

TensorFlow and Magenta are imported inside functions only: importing these modules is cheap.
"""
