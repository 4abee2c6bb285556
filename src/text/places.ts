import type { ProviderKind } from '../model/cluster/cluster.ts';
import { english, type Translate } from './translate.ts';

/** Where a cluster is: `this machine`, `EC2 us-east-1`. */
export function formatPlace(
  { provider, region }: { readonly provider: ProviderKind; readonly region?: string | undefined },
  translate: Translate = english,
): string {
  return provider === 'local' ? translate('this machine') : `EC2 ${region ?? ''}`.trim();
}
