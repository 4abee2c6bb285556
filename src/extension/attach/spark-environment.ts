/** The environment variables that make Spark's clients use a connection (PySpark's `session.py`, Spark's `Connect.scala`). */
export function sparkEnvironment({
  remote,
  token,
}: {
  readonly remote: string;
  readonly token: string;
}): Readonly<Record<string, string>> {
  return { SPARK_REMOTE: remote, SPARK_CONNECT_AUTHENTICATE_TOKEN: token };
}
