import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkSettings } from '../../config/check.ts';
import { editConfig } from '../../config/editing/edit.ts';
import { locateOption } from '../../config/editing/locate.ts';
import {
  type ConfigPlaces,
  findConfigFile,
  isOurConfig,
  userConfigFile,
} from '../../config/find.ts';
import { defaultText, parseFlag } from '../../config/flags.ts';
import { buildTemplate } from '../../config/generated/template.ts';
import { parseConfig } from '../../config/load.ts';
import { holdsSeveral, type OptionDefinition, optionGroups } from '../../config/options/option.ts';
import {
  type OptionName,
  optionNames,
  options,
  type OptionValue,
  type PartialValues,
} from '../../config/options/options.ts';
import type { ConfigProblem } from '../../config/problem.ts';
import { resolveSettings } from '../../config/resolve.ts';
import { writtenItems, writtenValue } from '../../config/values/written-value.ts';
import { choosable } from '../../model/choice.ts';
import { toClusterError } from '../../model/errors.ts';
import type { FieldKind, FieldProblem, FormField, FormState } from '../../protocol/config-form.ts';
import { english, type Translate } from '../../text/translate.ts';
import { choiceLabel, labelOf } from './labels.ts';

/** What is known of configurations, for the editor: loaded on first use, and without `vscode`. */
export interface ConfigService {
  readonly findConfigFile: typeof findConfigFile;
  readonly userConfigFile: typeof userConfigFile;
  readonly isOurConfig: typeof isOurConfig;
  readonly buildTemplate: typeof buildTemplate;
  readonly formOf: typeof formOf;
  readonly editText: typeof editText;
  readonly locateOption: typeof locateOption;
  readonly fieldOfKey: typeof fieldOfKey;
  readonly launchValues: typeof launchValues;
  readonly withPicked: typeof withPicked;
  /** The label of an option; a name that is none stays as it is. */
  readonly labelOf: (name: string, translate: Translate) => string;
}

/** See {@link ConfigService}. */
export const configService: ConfigService = {
  findConfigFile,
  userConfigFile,
  isOurConfig,
  buildTemplate,
  formOf,
  editText,
  locateOption,
  fieldOfKey,
  launchValues,
  withPicked,
  labelOf: (name, translate) =>
    Object.hasOwn(options, name) ? labelOf(name as OptionName, translate) : name,
};

/** A text and where it is from. */
export interface ConfigText {
  readonly text: string;
  /** Absolute path of its file. */
  readonly file: string;
}

/** The form of a text: its fields with their values, and every problem beside the field that it is about. */
export function formOf(
  { text, file }: ConfigText,
  { cwd, home }: Pick<ConfigPlaces, 'cwd' | 'home'>,
  translate: Translate = english,
): FormState {
  const loaded = parseConfig(text, file);
  const settings = resolveSettings({
    config: loaded,
    verb: 'launch',
    cwd,
    home,
    exists: existsSync,
  });
  const { ok, problems } = checkSettings(settings, { exists: existsSync });
  const { provider } = settings;
  const byField = new Map<OptionName, FieldProblem[]>();
  const others: FieldProblem[] = [];
  const mentioned = new Map(
    [...loaded.mentions].flatMap(([name, keys]) => keys.map((key) => [key, name] as const)),
  );
  for (const problem of problems) {
    const name = fieldOf(problem, mentioned);
    if (name === undefined) {
      // Of the section that isn't used the form shows nothing anyway.
      if (!/^(?:providers\.)?(?:ec2|local)$/.test(problem.key ?? ''))
        others.push(otherProblem(problem, translate));
    } else byField.set(name, [...(byField.get(name) ?? []), fieldProblem(problem)]);
  }
  const fields = optionNames.filter((name) => isShown(name, provider, loaded.mentions.has(name)));
  const field = (name: OptionName): FormField => {
    const definition: OptionDefinition = options[name];
    const label = labelOf(name, translate);
    const help = plain(translate(definition.help));
    const { details = '', unset = '' } = definition;
    return {
      name,
      key: definition.key,
      label,
      // Often the label says it all.
      help: help.toLowerCase() === label.toLowerCase() ? '' : `${help}.`,
      details: details === '' ? '' : plain(translate(details)),
      kind: kindOf(definition),
      choosable: isChoosable(name),
      choices: (definition.type === 'enum' ? definition.choices : []).map((value) => ({
        value,
        label: choiceLabel(name, value, translate),
      })),
      value: loaded.faulty.has(name) ? '' : textOf(name, loaded.values[name]),
      unset: defaultText(definition) ?? (unset === '' ? '' : plain(translate(unset))),
      problems: byField.get(name) ?? [],
    };
  };
  return {
    file,
    provider,
    groups: optionGroups
      .map((group) => ({
        title: translate(group),
        fields: fields.filter((name) => options[name].group === group).map(field),
      }))
      .filter((group) => group.fields.length > 0),
    problems: others,
    editable: isEditable(text),
    ok,
  };
}

/** The name of the field that the form of a text has for an option; `undefined` if it shows none. */
function fieldOfKey(
  text: ConfigText,
  places: Pick<ConfigPlaces, 'cwd' | 'home'>,
  key: string,
): string | undefined {
  return formOf(text, places)
    .groups.flatMap(({ fields }) => fields)
    .find((field) => field.key === key)?.name;
}

/** How a change of a field ended. */
export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: FieldProblem };

/**
 * The text with one option changed: comments, order and unknown keys stay.
 *
 * @param typed as in the field, lists a line each; `null` takes the option out
 */
export function editText(text: string, name: string, typed: string | null): EditResult {
  // The page has no field for it: nobody reads this.
  if (!Object.hasOwn(options, name)) return refused(`Unknown option "${name}".`, null);
  const option = name as OptionName;
  let value: OptionValue | null = null;
  if (typed !== null && typed.trim() !== '') {
    const { key } = options[option];
    const lines = typed
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    const parsed = parseFlag(option, holdsSeveral(options[option]) ? lines : typed.trim(), key);
    if (parsed.problem !== null)
      return refused(parsed.problem.message.replace(`${key}: `, ''), parsed.problem.hint);
    value = parsed.value ?? null;
  }
  try {
    return { ok: true, text: editConfig(text, [{ option, value }]) };
  } catch (error) {
    const { message, remedies } = toClusterError(error);
    return refused(message, remedies.map(({ text: one }) => one).join(' ') || null);
  }
}

/** What a launch with this text is asked for: values of the provider in use, as if they came by flags. */
export function launchValues({ text, file }: ConfigText): PartialValues {
  const config = parseConfig(text, file);
  const { provider } = resolveSettings({ config, cwd: dirname(file), home: '' });
  const given = Object.entries(config.values).filter(
    ([name]) => (options[name as OptionName].provider ?? provider) === provider,
  );
  return { ...Object.fromEntries(given), provider };
}

/** What a field holds when a value was picked for it: one more line of a list, else that value. */
function withPicked({ text, file }: ConfigText, name: string, picked: string): string {
  if (!Object.hasOwn(options, name) || options[name as OptionName].type !== 'list') return picked;
  const before =
    textOf(name as OptionName, parseConfig(text, file).values[name as OptionName]) ?? '';
  return [...before.split('\n').filter((line) => line !== '' && line !== picked), picked].join(
    '\n',
  );
}

/** Texts of the table are Markdown; here they are shown as they are. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

function refused(message: string, hint: string | null): EditResult {
  return { ok: false, problem: { severity: 'error', message, hint } };
}

function isEditable(text: string): boolean {
  try {
    editConfig(text, []);
    return true;
  } catch {
    return false;
  }
}

function fieldOf(
  { key }: ConfigProblem,
  mentioned: ReadonlyMap<string, OptionName>,
): OptionName | undefined {
  if (key === null) return undefined;
  return (
    mentioned.get(key) ??
    optionNames.find((name) => options[name].key === key || options[name].flag === key)
  );
}

/** A problem as it is shown beside its field, which has the key already. */
function fieldProblem({ severity, message, hint, key }: ConfigProblem): FieldProblem {
  const isAboutKey = key !== null && message.startsWith(`${key}: `);
  return { severity, message: isAboutKey ? message.slice(key.length + 2) : message, hint };
}

/** A problem as it is shown above all fields. */
function otherProblem(
  { severity, message, hint, line }: ConfigProblem,
  translate: Translate,
): FieldProblem {
  const located = line === null ? message : translate('Line {0}: {1}', line, message);
  return { severity, message: located, hint };
}

function isChoosable(name: OptionName): boolean {
  return (choosable as readonly string[]).includes(name);
}

/** Not offered: they are for the command line, or a launch refuses them. */
const rare: ReadonlySet<OptionName> = new Set([
  'debug',
  'assumeYes',
  'sparkGitCommit',
  'sparkGitRepository',
]);

function isShown(name: OptionName, provider: string, mentioned: boolean): boolean {
  const definition = options[name];
  if ((definition.provider ?? provider) !== provider) return false;
  // Such as the regions to look for clusters in.
  const isForLaunch = definition.verbs.includes('launch');
  if (rare.has(name) || !isForLaunch) return mentioned;
  return mentioned || definition.deprecated === undefined;
}

function kindOf({ type }: OptionDefinition): FieldKind {
  switch (type) {
    case 'boolean':
      return 'checkbox';
    case 'enum':
      return 'choice';
    case 'integer':
    case 'number':
      return 'number';
    case 'list':
    case 'volumes':
    case 'tags':
    case 'properties':
      return 'lines';
    case 'memory':
    case 'duration':
    case 'string':
    case 'version':
    case 'path':
    case 'url':
      return 'text';
  }
}

function textOf(name: OptionName, value: OptionValue | undefined): string | null {
  if (value === undefined) return null;
  const written = writtenValue(options[name], value);
  if (typeof written === 'boolean') return written ? 'yes' : 'no';
  return typeof written === 'object'
    ? writtenItems(options[name], written).join('\n')
    : String(written);
}
