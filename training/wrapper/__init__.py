"""The process that owns one attempt at one job: starts it, watches it, ends it, says how it ended.

It imports neither pydantic nor numpy nor torch, so that it starts in a tenth of a second and costs
little memory for as long as the job runs. What the job does is not known here.
"""
