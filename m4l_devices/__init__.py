"""The Max for Live devices as Python data; `python -m m4l_devices.build` builds them."""
