"""Runs a Python or an SQL file with the Spark Connect connection of the environment, and says what to do about known errors."""

import os
import runpy
import sys
import traceback

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
    # The folder of the extension is to stay as it is.
    sys.dont_write_bytecode = True
    from run_sql import run_sql

    file = os.path.abspath(sys.argv[1])
    if file.lower().endswith(".sql"):
        with open(file, encoding="utf-8-sig") as opened:
            run_sql(opened.read(), fail)
    else:
        run_python(file, sys.argv[2:])
