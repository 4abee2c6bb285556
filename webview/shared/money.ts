/** What something costs an hour, as everywhere: `$1.53/h`, `$0.034/h`. A page has no code of the model's; a test compares the two. */
export function hourly(amount: number): string {
  return `$${amount.toFixed(amount < 0.1 ? 3 : 2)}/h`;
}
