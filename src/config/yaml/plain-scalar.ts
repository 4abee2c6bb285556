// The patterns are PyYAML's own resolver (YAML 1.1 with its habits), because the files were written for it:
// `no` is a boolean and `y` isn't, `010` is 8 and `0o10` is text, a float needs its dot.
const nullPattern = /^(?:~|null|Null|NULL|)$/;
const truePattern = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const falsePattern = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const integerPattern =
  /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const floatPattern =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** What an unquoted YAML scalar means to PyYAML's `safe_load`; dates stay text, for no option is one. */
export function readPlainScalar(text: string): null | boolean | number | string {
  if (nullPattern.test(text)) return null;
  if (truePattern.test(text)) return true;
  if (falsePattern.test(text)) return false;
  if (integerPattern.test(text)) return readInteger(text);
  if (floatPattern.test(text)) return readFloat(text);
  return text;
}

function readInteger(text: string): number | string {
  const { sign, digits } = splitSign(text);
  const read = (body: string, radix: number): number => sign * Number.parseInt(body, radix);
  let value: number;
  if (digits.startsWith('0b')) value = read(digits.slice(2), 2);
  else if (digits.startsWith('0x')) value = read(digits.slice(2), 16);
  else if (digits.includes(':')) value = sign * readSexagesimal(digits);
  else if (digits.startsWith('0') && digits !== '0') value = read(digits, 8);
  else value = read(digits, 10);
  // `0b_` and the like fit the pattern but are no number; PyYAML fails on them.
  return Number.isNaN(value) ? text : value;
}

function readFloat(text: string): number | string {
  const { sign, digits } = splitSign(text);
  const lower = digits.toLowerCase();
  if (lower === '.inf') return sign * Infinity;
  if (lower === '.nan') return Number.NaN;
  if (digits.includes(':')) return sign * readSexagesimal(digits);
  const value = Number.parseFloat(digits);
  return Number.isNaN(value) ? text : sign * value;
}

function splitSign(text: string): { sign: 1 | -1; digits: string } {
  const sign = text.startsWith('-') ? -1 : 1;
  return { sign, digits: text.replace(/^[-+]/, '').replaceAll('_', '') };
}

function readSexagesimal(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number.parseFloat(part), 0);
}
