"""The rules of the jam: no socket, thread, wall clock or file. Time comes in as an argument."""
