/** The types of EBS volumes. */
export const volumeTypes = ['gp3', 'gp2', 'io1', 'io2', 'st1', 'sc1'] as const;

/** See {@link volumeTypes}. */
export type VolumeType = (typeof volumeTypes)[number];

/** An EBS volume as it is asked for; what isn't said is up to EBS, and the type is gp3 then. */
export interface Volume {
  readonly sizeGiB: number;
  readonly type?: VolumeType;
  readonly iops?: number;
  /** In MiB a second. */
  readonly throughput?: number;
}

/** What {@link parseVolume} reads, as a pattern. */
export const volumePattern = new RegExp(
  `^size=\\d{1,5}(?:,(?:type=(?:${volumeTypes.join('|')})|iops=\\d{1,6}|throughput=\\d{1,4}))*$`,
);

/**
 * A volume, from text such as `size=500,type=gp3,iops=6000,throughput=250`; `undefined` if it is none. Whether EBS has such a volume is
 * another question.
 */
export function parseVolume(text: string): Volume | undefined {
  if (!volumePattern.test(text)) return undefined;
  const parts = new Map(text.split(',').map((part) => part.split('=') as [string, string]));
  const [type, iops, throughput] = [parts.get('type'), parts.get('iops'), parts.get('throughput')];
  return {
    sizeGiB: Number(parts.get('size')),
    ...(type !== undefined && { type: type as VolumeType }),
    ...(iops !== undefined && { iops: Number(iops) }),
    ...(throughput !== undefined && { throughput: Number(throughput) }),
  };
}

/** A volume as {@link parseVolume} reads it back. */
export function volumeSpelling({ sizeGiB, type, iops, throughput }: Volume): string {
  return [
    `size=${sizeGiB}`,
    ...(type === undefined ? [] : [`type=${type}`]),
    ...(iops === undefined ? [] : [`iops=${iops}`]),
    ...(throughput === undefined ? [] : [`throughput=${throughput}`]),
  ].join(',');
}
