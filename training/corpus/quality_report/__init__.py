"""What is in a corpus: measures of its text, by source and for the whole, before and after."""
