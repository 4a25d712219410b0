"""N-gram language models: counted, estimated (modified Kneser-Ney), written as ARPA, scored."""
