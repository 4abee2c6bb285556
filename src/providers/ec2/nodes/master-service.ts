import type { nodeUnits } from '../../../node/layout.ts';

/** A server that is started on the master when it is needed: it outlives the connection, and the machine's end ends it. */
export interface MasterService {
  readonly unit: (typeof nodeUnits)['sparkConnect' | 'sparkHistory'];
  readonly description: string;
  /** Further lines of the section `[Service]`, in which a shell expands what isn't escaped. */
  readonly service: readonly string[];
}

/** Whether a service runs, as a condition of a shell's. */
export function isServiceActive({ unit }: Pick<MasterService, 'unit'>): string {
  return `sudo -n systemctl is-active -q ${unit}`;
}

/** Commands of a shell that write a service's unit and start it, as the user who logs in. */
export function startService({ unit, description, service }: MasterService): string {
  const lines = [
    '[Unit]',
    `Description=${description}`,
    'StartLimitIntervalSec=60',
    'StartLimitBurst=3',
    '[Service]',
    'User=$(id -un)',
    ...service,
    'SuccessExitStatus=143',
    'Restart=on-failure',
    'RestartSec=2',
  ];
  return [
    `sudo -n tee /run/systemd/system/${unit} >/dev/null <<END\n${lines.join('\n')}\nEND`,
    `sudo -n systemctl daemon-reload && sudo -n systemctl reset-failed ${unit} 2>/dev/null; sudo -n systemctl start ${unit}`,
  ].join('\n');
}
