"""Runs a Python or an SQL file with the Spark Connect connection of the environment, and says what to do about known errors."""

import os
import runpy
import sys
import traceback

MAX_ROWS = 100

HINTS = (
    ("UNAUTHENTICATED", "The token is missing or not valid any more. Attach the cluster again, and use a new terminal or kernel."),
    ("CANNOT_CONFIGURE_SPARK_CONNECT_MASTER", "Remove .master(…) from the script, and unset MASTER: the connection names the cluster."),
    ("JVM_ATTRIBUTE_NOT_SUPPORTED", "RDDs and sparkContext are not available through Spark Connect. Use DataFrames, or run the file on the cluster."),
    ("CONNECT_INVALID_PLAN", "The client and the cluster have different versions of Spark. Install the client of the cluster's version."),
    ("PYTHON_VERSION_MISMATCH", "Python functions need the same minor version of Python here and on the cluster. Use an environment with the cluster's."),
    ("INVALID_HANDLE.SESSION", "The Spark session has ended, because the server is a new one. Run the file again, or restart the kernel."),
    ("UNAVAILABLE", "There is no connection to the cluster now. See the status bar."),
)

MODULES = {
    "pyspark": "pyspark-client",
    "grpc": "grpcio",
    "grpc_status": "grpcio-status",
    "google": "googleapis-common-protos",
}
NEEDED = ("pyspark", "pandas", "pyarrow", "grpc", "grpc_status", "google", "zstandard")


def hint(error):
    module = None
    if isinstance(error, ModuleNotFoundError) and error.name:
        module = error.name.split(".")[0]
    elif type(error).__name__ == "PySparkImportError":
        module = next((name for name in NEEDED if name.lower() in str(error).lower().replace("pyspark", "")), None)
    if module in NEEDED:
        return f"Install it in this environment: {sys.executable} -m pip install {MODULES.get(module, module)}"
    text = f"{type(error).__name__} {error}"
    return next((words for mark, words in HINTS if mark in text), None)


def fail(error):
    words = hint(error)
    if words is not None:
        print(f"\n{words}", file=sys.stderr)
    sys.exit(1)


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


def run_sql(path):
    try:
        from pyspark.sql import SparkSession

        spark = SparkSession.builder.getOrCreate()
        with open(path, encoding="utf-8-sig") as file:
            parts = list(statements(file.read()))
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


def run_python(path, args):
    sys.argv = [path, *args]
    sys.path[0] = os.path.dirname(path)
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception as error:
        # Without the frames of this program and of runpy.
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != path:
            frames = frames.tb_next
        traceback.print_exception(type(error), error, frames or error.__traceback__)
        fail(error)


if __name__ == "__main__":
    file = os.path.abspath(sys.argv[1])
    if file.lower().endswith(".sql"):
        run_sql(file)
    else:
        run_python(file, sys.argv[2:])
