import { durationPattern } from '../../base/duration.ts';
import { volumePattern } from '../../model/volume.ts';
import { metavarOf } from '../flags.ts';
import { type KnownKey, knownRoot, type KnownSection } from '../options/config-keys.ts';
import type { OptionDefinition, TextForm } from '../options/option.ts';
import { options } from '../options/options.ts';
import { writtenValue } from '../values/written-value.ts';

/** A JSON schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

// Editors read YAML 1.2, where `no` and `Yes` are text; the file is read as YAML 1.1, where they are booleans.
const booleanWords = ['yes', 'no', 'on', 'off', 'true', 'false'].flatMap((word) => [
  word,
  word.charAt(0).toUpperCase() + word.slice(1),
  word.toUpperCase(),
]);

const nothing: JsonSchema = { type: 'null' };

/**
 * The JSON schema (draft-07) of `config.yaml`, both shapes, for editors.
 *
 * It allows keys that it doesn't know, as reading does; only the canonical ones are offered for completion.
 */
export function buildSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Flintrock configuration',
    description: 'Configuration of a Spark cluster. Reference: docs/options.md.',
    ...sectionSchema(knownRoot, []),
  };
}

const sectionTexts: Readonly<Record<string, string>> = {
  launch: 'Options of the cluster that don’t depend on the provider.',
  services: 'Software to install.',
  'services.spark': 'Apache Spark.',
  'services.hdfs': 'Hadoop Distributed File System (HDFS).',
  providers: 'Options of each provider.',
  'providers.local': 'Clusters of processes on this machine.',
  'providers.ec2': 'Clusters of instances on Amazon EC2.',
  local: 'Clusters of processes on this machine; use `providers.local` instead.',
  ec2: 'Clusters of instances on Amazon EC2, as in early files; use `providers.ec2` instead.',
};

function sectionSchema(section: KnownSection, path: readonly string[]): JsonSchema {
  return {
    type: ['object', 'null'],
    properties: Object.fromEntries(
      [...section.children.values()].map((child) => [
        child.spelling,
        childSchema(child, [...path, child.spelling]),
      ]),
    ),
  };
}

function childSchema(child: KnownKey, path: readonly string[]): JsonSchema {
  const key = path.join('.');
  if (child.kind === 'section') {
    const description = sectionTexts[key];
    return {
      ...(description === undefined ? {} : { description }),
      ...(key === 'ec2' || key === 'local' ? { doNotSuggest: true } : {}),
      ...sectionSchema(child, path),
    };
  }
  const definition = options[child.name];
  return {
    description: describe(definition),
    ...(definition.default === undefined || typeof definition.default === 'object'
      ? {}
      : { default: writtenValue(definition, definition.default) }),
    ...(definition.deprecated === undefined ? {} : { deprecationMessage: definition.deprecated }),
    ...(key === definition.key && definition.deprecated === undefined
      ? {}
      : { doNotSuggest: true }),
    ...valueSchema(definition),
  };
}

function describe(definition: OptionDefinition): string {
  const { help, details, unset, flag } = definition;
  const metavar = metavarOf(definition);
  return [
    `${help}.`,
    details,
    unset === undefined ? undefined : `Default: ${unset}.`,
    `Flag: ${flag}${metavar === null ? '' : ` ${metavar}`}`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function valueSchema(definition: OptionDefinition): JsonSchema {
  switch (definition.type) {
    case 'boolean':
      return { anyOf: [{ type: 'boolean' }, { enum: booleanWords }, nothing] };
    case 'integer':
    case 'memory': {
      const pattern =
        definition.type === 'integer'
          ? '^\\s*[-+]?\\d+(_\\d+)*\\s*$'
          : '^\\d{1,9}\\s*([mMgGtT][iI]?[bB]?)?$';
      return {
        anyOf: [
          { type: 'integer', minimum: definition.min, maximum: definition.max },
          { type: 'string', pattern },
          nothing,
        ],
      };
    }
    case 'duration':
      return { type: ['string', 'null'], pattern: orNothing(durationPattern) };
    case 'number':
      return {
        anyOf: [
          { type: 'number', exclusiveMinimum: definition.above },
          { type: 'string', pattern: '^[0-9.eE+-]+$' },
          nothing,
        ],
      };
    case 'enum':
      return { enum: [...definition.choices, null] };
    case 'version':
      return { type: ['string', 'number', 'null'], ...patternOf(definition.form) };
    case 'url':
      return {
        type: ['string', 'null'],
        pattern: '^([hH][tT][tT][pP][sS]?|[sS]3|[fF][iI][lL][eE])://',
      };
    case 'string':
    case 'path':
      return { type: ['string', 'number', 'null'], ...patternOf(definition.form) };
    case 'list':
      return listSchema({
        type: ['string', 'number'],
        ...(typeof definition.form === 'object' ? patternOf(definition.form) : {}),
      });
    case 'volumes':
      return listSchema({ type: 'string', pattern: volumePattern.source });
    case 'properties':
      return {
        anyOf: [
          { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
          { type: 'array', items: { type: 'string', pattern: '^[^=]+=' } },
          { type: 'string', pattern: '^[^=]+=' },
          nothing,
        ],
      };
    case 'tags':
      return {
        anyOf: [
          {
            type: 'array',
            items: { type: 'string', pattern: '^[^,]*[^,\\s][^,]*,[^,]*$' },
          },
          {
            type: 'object',
            additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
          },
          { type: 'string' },
          nothing,
        ],
      };
  }
}

function listSchema(items: JsonSchema): JsonSchema {
  return { anyOf: [{ type: 'array', items }, { type: 'string' }, nothing] };
}

function patternOf(form: TextForm | undefined): JsonSchema {
  return form === undefined ? {} : { pattern: orNothing(form.pattern) };
}

/** Nothing written between the quotes means "not set". */
function orNothing({ source }: RegExp): string {
  return `^$|${source}`;
}
