import type { Filter } from '@aws-sdk/client-ec2';

/**
 * What is looked for: the name of a filter of EC2's, such as `tag:flintrock-name` or `vpc-id`, with the values that fit. All of the
 * filters have to fit.
 */
export type Criteria = Readonly<Record<string, readonly string[]>>;

/** So many values may one request have in its filters (EC2 API Reference, "Filtering using the API"). */
export const maxFilterValues = 200;

/**
 * Criteria as EC2 reads them. Values are taken literally: `*` and `?` stand for any characters in a filter, and `\` takes that
 * meaning from them (EC2 User Guide, "Filter your resources", "Wildcards").
 */
export function filtersOf(criteria: Criteria): { readonly Filters: Filter[] } {
  return {
    Filters: Object.entries(criteria).map(([Name, values]) => ({
      Name,
      Values: values.map((value) => value.replaceAll(/[\\*?]/g, String.raw`\$&`)),
    })),
  };
}

/** A filter for values that begin with a text, which is taken literally. */
export function startingWith(name: string, prefix: string): { readonly Filters: Filter[] } {
  const [filter] = filtersOf({ [name]: [prefix] }).Filters;
  return { Filters: [{ Name: name, Values: [`${filter?.Values?.[0] ?? ''}*`] }] };
}

/** A filter of AWS's price list, whose values are always literal (Price List API Reference, "Filter"). */
export function productFilters(
  terms: Readonly<Record<string, string>>,
): { readonly Type: 'TERM_MATCH'; readonly Field: string; readonly Value: string }[] {
  return Object.entries(terms).map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value }));
}

/**
 * Whether something that EC2 gave fits what was asked for: its answer is compared again, as a filter may be read in another way than
 * it was meant.
 *
 * @param read gives what the thing has for a filter; `undefined` for a filter that can't be compared here
 */
export function fits(
  criteria: Criteria,
  read: (name: string) => readonly (string | undefined)[] | undefined,
): boolean {
  return Object.entries(criteria).every(([name, values]) => {
    const has = read(name);
    return has === undefined || has.some((value) => value !== undefined && values.includes(value));
  });
}
