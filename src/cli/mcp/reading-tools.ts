import type { WebPageId } from '../../model/cluster/web-page.ts';
import { formatOutsideText } from '../../text/agents/outside-text.ts';
import { formatCount } from '../../text/counts.ts';
import { explanationLines } from '../rendering/history/explanation-lines.ts';
import { clusterJson } from '../rendering/json.ts';
import { planLines } from '../rendering/plan-block.ts';
import { remediesLine } from '../rendering/remedies.ts';
import type { ToolContext, ToolTexts } from './tool-context.ts';
import { type LaunchInput, launchValues, type PlaceInput } from './tool-input.ts';

/** How wide a plan is drawn: an agent doesn't break lines. */
const planWidth = 200;

/** A cluster that a tool is about. */
export interface ClusterInput extends PlaceInput {
  readonly name: string;
}

/** `list_clusters` */
export async function listClusters(
  _input: PlaceInput,
  { engine, host, options }: ToolContext,
): Promise<ToolTexts> {
  const unasked: string[] = [];
  host.onEvent((event) => {
    if (event.code === 'warning') unasked.push(event.message);
  });
  const { clusters, regions } = await engine.describe(undefined, options);
  return [
    [
      `${formatCount(clusters.length, 'cluster')} found on this machine${regions.length === 0 ? '' : ` and in ${regions.join(', ')}`}.`,
      ...unasked,
    ].join('\n'),
    ...(clusters.length === 0 ? [] : [formatOutsideText({ clusters: clusters.map(clusterJson) })]),
  ];
}

/** `describe_cluster` */
export async function describeCluster(
  { name }: ClusterInput,
  { engine, options }: ToolContext,
): Promise<ToolTexts> {
  const { clusters } = await engine.describe(name, options);
  return [formatOutsideText({ clusters: clusters.map(clusterJson) })];
}

/** `plan_launch` */
export async function planLaunch(
  input: LaunchInput,
  { serving, engine, options }: ToolContext,
): Promise<ToolTexts> {
  const values = { ...serving.values, ...launchValues(input) };
  const plan = await engine.plan(input.name, { ...options, values });
  const lines = planLines(plan, planWidth, serving.session.clusterFlags);
  return [lines.map((line) => line.map(([text]) => text).join('')).join('\n')];
}

/** `run_diagnostics` */
export async function runDiagnostics(
  { name }: Partial<ClusterInput>,
  { serving, engine, options }: ToolContext,
): Promise<ToolTexts> {
  const { findings, clusters, unchecked } = await engine.doctor(name, options);
  const { clusterFlags } = serving.session;
  const checked = `${formatCount(clusters, 'cluster')} checked`;
  return [
    findings.length === 0
      ? `No problems found (${checked}).`
      : `${formatCount(findings.length, 'problem')} found (${checked}).`,
    ...(unchecked.length === 0
      ? []
      : [
          `Services not checked, because this machine has not connected before: ${unchecked.join(', ')}. To check one, run diagnostics with its name.`,
        ]),
    ...(findings.length === 0
      ? []
      : [
          formatOutsideText(
            findings
              .map(({ subject, message, remedies }) =>
                `${subject}: ${message} ${remediesLine(remedies, clusterFlags)}`.trim(),
              )
              .join('\n'),
          ),
        ]),
  ];
}

/** `read_logs` */
export async function readLogs(
  { name, node }: ClusterInput & { readonly node?: string },
  { engine, options }: ToolContext,
): Promise<ToolTexts> {
  const { nodes } = await engine.readLogs(name, { ...options, node });
  const texts = nodes.flatMap(({ node: of, files }) =>
    Object.entries(files).map(([file, text]) => ({ heading: `==> ${of}: ${file} <==`, text })),
  );
  if (texts.length === 0) return [`There are no logs of "${name}".`];
  // Each file has its share: what failed is at its end.
  const share = Math.max(1_000, Math.floor(36_000 / texts.length));
  return [
    formatOutsideText(
      texts
        .map(({ heading, text }) => {
          const cut = text.length > share ? `[…]\n${text.slice(-share)}` : text;
          return `${heading}\n${cut}`;
        })
        .join('\n'),
    ),
  ];
}

/** `explain_application` */
export async function explainApplication(
  {
    name,
    application,
    saved,
  }: ClusterInput & { readonly application?: string; readonly saved?: boolean },
  { engine, options }: ToolContext,
): Promise<ToolTexts> {
  const result = await engine.explain(name, { ...options, application, saved });
  const others = result.applications.filter((id) => id !== result.application.id);
  return [
    formatOutsideText(
      explanationLines(result, planWidth)
        .map((line) => line.map(([text]) => text).join(''))
        .join('\n'),
    ),
    ...(others.length === 0
      ? []
      : [formatOutsideText(`Other applications: ${others.slice(0, 20).join(', ')}`)]),
  ];
}

/** `open_web_ui` */
export async function openWebUi(
  { name, page = 'spark', provider, region }: ClusterInput & { readonly page?: WebPageId },
  { serving, engine, signal, options }: ToolContext,
): Promise<ToolTexts> {
  const { pages } = serving;
  const key = JSON.stringify([name, provider, region, page]);
  // Until the call ends it may be canceled; the page stays.
  const open = pages.get(key) ?? (await engine.openPage(name, page, options));
  if (!pages.has(key)) {
    pages.set(key, open);
    void open.closed.then(() => pages.delete(key));
  }
  const addresses = await open.addresses({ signal });
  if (addresses.length === 0) return [`No application is running on "${name}".`];
  return [
    open.lasting
      ? 'It is there as long as the cluster runs.'
      : 'It is there as long as this server and the cluster run.',
    formatOutsideText(addresses.map(({ label, address }) => `${label}: ${address}`).join('\n')),
  ];
}
