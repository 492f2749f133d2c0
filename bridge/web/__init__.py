"""The page's server: HTTP on one side, the running engine on the other.

It lives in the supervisor's process. Nothing here is imported unless the page, or the feed for
other programs, is asked for.
"""
