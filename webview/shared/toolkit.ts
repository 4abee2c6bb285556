// The one file that imports the component library: another one could take its place here, and nowhere else.
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/** Makes the elements known that pages are built of. */
export function registerElements(...which: readonly ('button' | 'fields')[]): void {
  const system = provideVSCodeDesignSystem();
  if (which.includes('button')) system.register(vsCodeButton());
  if (which.includes('fields'))
    system.register(
      vsCodeCheckbox(),
      vsCodeDropdown(),
      vsCodeOption(),
      vsCodeTextArea(),
      vsCodeTextField(),
    );
}
