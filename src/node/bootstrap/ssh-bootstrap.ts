/** Makes the script that a machine without cloud-init is set up with over SSH: see `bootstrapCommand`. */
export type BootstrapFactory = (role: 'master' | 'worker', masterAddress: string) => string;

// Where a text of cloud-init's goes beyond ASCII its part is quoted-printable: "=" is "=3D" then. The first one counts: what
// follows the settings may be the user's own.
function lineOf(name: string): RegExp {
  return new RegExp(`^${name}(=(?:3D)?).*$`, 'm');
}

/** Whether a bootstrap, or user data that has one in it, has a setting. */
export function hasSetting(text: string, name: string): boolean {
  return lineOf(name).test(text);
}

/**
 * A bootstrap, or user data that has one in it, with another value of one of its settings.
 *
 * @param value letters, digits, `.`, `:` and `-`
 */
export function withSetting(text: string, name: string, value: string): string {
  return text.replace(lineOf(name), (_, sign: string) => `${name}${sign}${value}`);
}

/**
 * How the nodes of a launch are set up, made of the bootstrap that one of them keeps: the same secret, software and own script.
 *
 * @param kept what the node keeps, of whichever role it is
 * @returns `undefined` if it is none of this launch's, as on a machine whose image was made of another cluster's node
 */
export function setUpFrom(kept: string, launchId: string): BootstrapFactory | undefined {
  if (/^LAUNCH_ID=(.*)$/m.exec(kept)?.[1] !== launchId) return undefined;
  return (role, masterAddress) =>
    withSetting(withSetting(kept, 'FIXED_ROLE', role), 'FIXED_MASTER', masterAddress);
}
