"""Classifiers of a project and the scores that they gave: pages, REST, and the choice of one."""
