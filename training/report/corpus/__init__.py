"""The quality report of a corpus: drawn from ``report.json`` as page, HTML file and Markdown."""
