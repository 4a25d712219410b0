"""The live view of a job: messages, readers of its folder, one tailer per watched job."""
