// Programs for nodes, which esbuild and Vitest bring in as texts.
declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*.py' {
  const text: string;
  export default text;
}
