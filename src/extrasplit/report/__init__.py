"""Says it: JSON contract, tables, Markdown, HTML, annotations."""
