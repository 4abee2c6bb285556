/** Text without the name and password that an address in it may carry: it is going to be printed. */
export function redact(text: string): string {
  return text.replace(/(?<=:\/\/)[^/\s?#]*@/g, '***@');
}
