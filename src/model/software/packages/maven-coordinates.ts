/** What Maven calls a library: `io.delta:delta-spark_4.1_2.13:4.4.0`. */
export interface MavenCoordinates {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

const form = /^([\w.-]{1,200}):([\w.-]{1,200}):([\w.+-]{1,100})$/;

/** Reads `group:artifact:version`; `undefined` for anything else. */
export function parseCoordinates(text: string): MavenCoordinates | undefined {
  const [, group, artifact, version] = form.exec(text.trim()) ?? [];
  if (group === undefined || artifact === undefined || version === undefined) return undefined;
  return { group, artifact, version };
}

/** The coordinates as text. */
export function coordinatesText({ group, artifact, version }: MavenCoordinates): string {
  return `${group}:${artifact}:${version}`;
}
