/** A text with a full stop at its end, unless it has one (or another mark that ends a sentence): what others write comes with or without. */
export function withFullStop(text: string): string {
  return text === '' || /[.!?:…]$/.test(text) ? text : `${text}.`;
}

/** A message to whose end a full stop was added though what it quotes has one. */
export function withoutDoubledStop(message: string): string {
  return message.replace(/(?<!\.)([.!?])\.$/, '$1');
}
