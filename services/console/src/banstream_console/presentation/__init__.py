"""How things are said and shown: texts in each language, numbers and times, charts, cells of a spreadsheet. Pure."""
