import type { ProviderKind } from '../model/cluster.ts';
import type { Verb } from '../model/events.ts';
import type { LoadedConfig } from './loaded-config.ts';
import type { OptionName, OptionValues, PartialValues } from './options.ts';
import type { ConfigProblem } from './problem.ts';

/** Where a value comes from. */
export type ValueOrigin = 'default' | 'file' | 'flag';

/** What to settle. */
export interface ResolveRequest {
  /** The file, if there is one. */
  readonly config?: LoadedConfig | undefined;
  /** What was asked for beside the file: by flags, or by a program. */
  readonly overrides?: PartialValues | undefined;
  /** The verb it is for: what a launch requires, `destroy` doesn't. Default: `launch`. */
  readonly verb?: Verb | undefined;
  /** Folder that relative paths of flags start from. */
  readonly cwd: string;
  /** What `~` stands for. */
  readonly home: string;
  /** Whether there is a file or folder: a relative path of the file is looked for beside the file, then in `cwd`. */
  readonly exists?: ((path: string) => boolean) | undefined;
}

/** The settled values of all options, with where each comes from and what is wrong. */
export interface Settings {
  readonly provider: ProviderKind;
  /** Why it is that provider, in words. */
  readonly providerReason: string;
  readonly values: OptionValues;
  readonly origin: Readonly<Record<OptionName, ValueOrigin>>;
  readonly problems: readonly ConfigProblem[];
  /** The file that was read, or `null`. */
  readonly file: string | null;
}

/** Settles every option: defaults, then the file, then what was asked for beside it. Never throws: see {@link Settings.problems}. */
export function resolveSettings(request: ResolveRequest): Settings {
  throw new Error(`not yet ${request.cwd}`);
}
