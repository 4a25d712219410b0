"""Commands for people who work on Trainyard: setting up, health, references, pictures."""
