/** What to say of options for Mesos, which some configurations and scripts of the Python tool have. */
export const mesosRemoved = {
  message: 'Spark 4.0 removed support for Mesos.',
  hint: 'Remove it: Flintrock launches Spark standalone clusters.',
} as const;

/** Whether a key or a flag is for Mesos. */
export function isMesos(name: string): boolean {
  return /mesos/i.test(name);
}
