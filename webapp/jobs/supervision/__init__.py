"""The supervisor: a process of its own that holds rows against folders every two seconds.

It keeps nothing that matters in memory: killed and started again it sees the same.
"""
