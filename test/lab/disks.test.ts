import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bootstrapScript } from '../../src/node/bootstrap/bootstrap.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { nodeSettings } from '../unit/node/node-settings.ts';

/** Runs the disks' phase on loop devices under a node's names, in mounts of its own: now, and after a stop and a start. */
const program = String.raw`
set -eu
cd "$1"
trap 'for loop in $loops; do losetup -d "$loop"; done' EXIT
loops=
# Name, model, what is on it.
disk() {
  truncate -s 64M "$1.img"
  loop=$(losetup -f --show "$1.img")
  loops+=" $loop"
  [ -z "$3" ] || mkfs.ext4 -q -L "$3" "$loop"
  mkdir -p "sys/$1/device"
  echo "$2" > "sys/$1/device/model"
  echo "$1 $(stat -c '%Hr %Lr' "$loop")" >> nodes
}
disk nvme0n1 'Amazon Elastic Block Store' root
disk nvme1n1 'Amazon Elastic Block Store' somebodys
disk nvme2n1 'Amazon EC2 NVMe Instance Storage' ''
disk nvme3n1 'Amazon Elastic Block Store' ''
disk nvme4n1 'Amazon Elastic Block Store' ''
export SYS_BLOCK=$PWD/sys MEDIA=$PWD/media
cat > inside <<'END'
set -eu
mount -t tmpfs none /usr/local/lib
mount -t tmpfs none /run
mount -t tmpfs none /var/log
mount -t tmpfs none /dev
mknod -m 666 /dev/null c 1 3
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
while read -r name major minor; do mknod "/dev/$name" b "$major" "$minor"; done < nodes
sed 's|^exec /bin/bash .*|true|' bootstrap.sh | bash
bash /usr/local/lib/flintrock/node.sh disks
echo
findmnt -rn -o TARGET,SOURCE | grep "$MEDIA" | sed "s|$MEDIA/||" | sort > mounts
END
unshare -m bash inside; cat mounts
touch marker; mkdir -p t
mount "$(losetup -j nvme3n1.img -O NAME -n)" t; touch t/kept; umount t
# Instance store is blank after a stop, and somebody has attached a volume.
truncate -s 0 nvme2n1.img; truncate -s 64M nvme2n1.img; losetup -c "$(losetup -j nvme2n1.img -O NAME -n)"
disk nvme2n2 'Amazon Elastic Block Store' ''
echo AGAIN
unshare -m bash inside; cat mounts
mount "$(losetup -j nvme3n1.img -O NAME -n)" t; ls t; umount t
`;

it('only blank disks of the launch’s own are formatted, and mounted again after a stop', () => {
  const folder = temporaryFolder('disks');
  mkdirSync(join(folder, 'media'));
  const script = bootstrapScript(nodeSettings({ extraVolumes: 2 }), { withBeacon: false });
  writeFileSync(join(folder, 'bootstrap.sh'), script);
  writeFileSync(join(folder, 'program'), program);
  chmodSync(folder, 0o755);
  const output = execFileSync('bash', [join(folder, 'program'), folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [first = '', second = ''] = output.split('AGAIN\n');
  const mounts = ['ephemeral0 /dev/nvme2n1', 'ephemeral1 /dev/nvme3n1', 'ephemeral2 /dev/nvme4n1'];
  const formatted = (text: string) => text.match(/\S+(?= is blank: formatting)/g);
  expect(formatted(first)).toEqual(['/dev/nvme2n1', '/dev/nvme3n1', '/dev/nvme4n1']);
  for (const mount of mounts) expect(first).toContain(mount);
  expect(formatted(second)).toEqual(['/dev/nvme2n1']);
  for (const mount of mounts) expect(second).toContain(mount);
  expect(second).toContain('kept');
  expect(output).not.toMatch(/nvme[01]n1 is/);
  expect(output).not.toContain('nvme2n2');
});
