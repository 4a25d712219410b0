"""What every app shares: base models, access, errors, navigation, the shell."""
