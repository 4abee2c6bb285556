// What EC2 allows in the name of a security group (EC2 API Reference, "CreateSecurityGroup"), less `flintrock-`, with which a
// cluster's group begins.
const acceptedPattern =
  /^[A-Za-z0-9._\-:/()#,@[\]+=&;{}!$*]([A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,243}[A-Za-z0-9._\-:/()#,@[\]+=&;{}!$*])?$/;

/**
 * Whether a cluster can have this name at all: the Python tool takes whatever EC2 takes for a security group. We launch clusters of
 * fewer names, see `clusterNameProblem`, but every other verb takes these.
 */
export function isAcceptedName(name: string): boolean {
  return acceptedPattern.test(name);
}

/**
 * A name that no cluster can have, made fit to be shown: every other character stands as its code, `\u{9b}`. As no accepted name has
 * a backslash in it, the result is never the name of another cluster.
 */
export function escapedName(name: string): string {
  return name.replaceAll(
    /[^A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]|^ | $/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
