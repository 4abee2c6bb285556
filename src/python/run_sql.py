"""Runs the statements of an SQL file one after the other, and shows their rows."""

import sys

MAX_ROWS = 100


def statements(text):
    """Splits SQL as Spark's own command line does: at semicolons outside of quotes, comments and BEGIN … END."""
    start, index, depth, word, compound = None, 0, 0, "", 0
    while index < len(text):
        char = text[index]
        two = text[index : index + 2]
        if depth:
            if two == "/*":
                depth, index = depth + 1, index + 2
            elif two == "*/":
                depth, index = depth - 1, index + 2
            else:
                index += 1
            continue
        if two == "/*":
            depth, index = 1, index + 2
            continue
        if two == "--":
            end = text.find("\n", index)
            index = len(text) if end < 0 else end
            continue
        if char in "'\"`":
            start = index if start is None else start
            index += 1
            while index < len(text) and text[index] != char:
                index += 2 if text[index] == "\\" and char != "`" else 1
            index += 1
            continue
        if char.isalnum() or char == "_":
            end = index
            while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                end += 1
            word, before = text[index:end].upper(), word
            if word == "BEGIN" and (start is None or compound):
                compound += 1
            elif compound and word == "CASE" and before != "END":
                compound += 1
            elif compound and word == "END":
                after = text[end:].split(None, 1)[:1]
                if not after or after[0].strip(";").upper() not in ("IF", "WHILE", "LOOP", "REPEAT", "FOR"):
                    compound -= 1
            start, index = index if start is None else start, end
            continue
        if char == ";" and not compound:
            if start is not None:
                yield text[start:index].strip()
            start, word = None, ""
        elif start is None and not char.isspace():
            start = index
        index += 1
    if start is not None:
        yield text[start:].strip()


def run_sql(text, fail):
    try:
        from pyspark.sql import SparkSession

        spark = SparkSession.builder.getOrCreate()
        parts = list(statements(text))
        if not parts:
            print("The file has no SQL statements.")
        for part in parts:
            print(f"> {' '.join(part.split())[:200]}", flush=True)
            result = spark.sql(part)
            if result.columns:
                result.show(MAX_ROWS, truncate=100)
            else:
                print("OK\n", flush=True)
    except Exception as error:
        # Where in this program it happened is no news: what Spark says is.
        words = str(error).split("\n\nJVM stacktrace:")[0]
        print(f"{type(error).__name__}: {words}", file=sys.stderr)
        fail(error)
