"""Versions of corpora: rule sets over documents, their funnels, differences and exports."""
