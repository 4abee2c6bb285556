/** The way to the extension: what goes there and what comes from there, typed by the page's protocol. */
export interface Channel<Request, Message> {
  send(request: Request): void;
  /** Says that the page is there, and hears everything from then on. */
  begin(listener: (message: Message) => void): void;
  /** Keeps what is needed to bring the page back after a reload of the window. */
  keep(state: unknown): void;
}

/** Opens the way to the extension; once a page. */
export function openChannel<Request extends { readonly type: string }, Message>(
  ready: Request,
): Channel<Request, Message> {
  const api = acquireVsCodeApi();
  return {
    send: (request) => api.postMessage(request),
    begin: (listener) => {
      window.addEventListener('message', (event: MessageEvent<Message>) => listener(event.data));
      api.postMessage(ready);
    },
    keep: (state) => void api.setState(state),
  };
}
