"""An architecture described from its spec, without torch: drawn, in words, beside another."""
