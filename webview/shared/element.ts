type Child = Node | string | null;

/** What an element has: attributes, and listeners as `onclick`. */
export type Properties = Readonly<
  Record<string, string | number | boolean | null | ((event: Event) => void)>
>;

/** Makes an element. Text is text: nothing that comes from outside becomes markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties?: Properties,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K];
export function element(
  tag: string,
  properties?: Properties,
  ...children: readonly Child[]
): HTMLElement;
export function element(
  tag: string,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Puts text into an element, if it isn't there already: what doesn't change isn't touched. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
