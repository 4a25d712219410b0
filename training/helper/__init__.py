"""The helper: one warm child without torch that answers what a page cannot wait for a job for.

Previews and re-filtering take milliseconds once their libraries are loaded, but they parse what
users gave; so they run in a child that is watched and thrown away, never in the web process.
"""
