/**
 * Ids of the lab's machine images; the same are in `server/images.py`. Any other image of Moto's list boots as {@link images.debianJava}.
 *
 * All have the login user `ec2-user`, `python3`, root device `/dev/xvda`.
 */
export const images = {
  /** Debian 12 with cloud-init, without Java until `apt-get install openjdk-17-jre-headless`. */
  debian: 'ami-0deb1200000000001',
  /** The same with Java 17, and with `yum` and `dnf`: stands in for Amazon Linux too. */
  debianJava: 'ami-0deb1200000000002',
  /** With Java 17 and without cloud-init: user data is not run. */
  debianPlain: 'ami-0deb1200000000003',
  /** For machines with ARM processors, which the lab doesn't have. */
  arm64: 'ami-0deb1200000000004',
} as const;
