import type {
  FormMessage,
  FormPlan,
  FormRequest,
  FormState,
} from '../../src/protocol/config-form.ts';
import { openChannel } from '../shared/channel.ts';
import { element, setText } from '../shared/element.ts';
import { t } from '../shared/texts.ts';
import { registerElements } from '../shared/toolkit.ts';
import { FieldView } from './field-view.ts';
import { PlanView } from './plan-view.ts';

registerElements('button', 'fields');
const channel = openChannel<FormRequest, FormMessage>({ type: 'ready' });

const nav = element('nav', { 'aria-label': t('Sections') });
const title = element('h1');
const openText = element('a', { href: '#', onclick: openAsText }, t('Open in text editor'));
const note = element('section', { class: 'note error hidden', role: 'alert' });
const groups = element('div', { class: 'groups' });
const plan = new PlanView(() => channel.send({ type: 'launch' }));
const spoken = element('div', { class: 'spoken', role: 'status', 'aria-live': 'polite' });

document
  .getElementById('root')
  ?.append(
    nav,
    element(
      'main',
      {},
      title,
      element(
        'p',
        { class: 'dim sub' },
        t('Edits update the file; comments are preserved.'),
        ' ',
        openText,
      ),
      note,
      groups,
    ),
    plan.root,
    spoken,
  );

const fields = new Map<string, FieldView>();
let shape = '';
let editable = true;

channel.begin((message) => {
  switch (message.type) {
    case 'form':
      show(message.form);
      break;
    case 'focus':
      fields.get(message.name)?.focus();
      break;
    case 'plan':
      showPlan(message.plan);
      break;
    case 'refused':
      fields.get(message.name)?.refuse(message.text, message.problem);
      holdLaunch();
      setText(spoken, message.problem.message);
      break;
  }
});

/** What isn't in the file wouldn't be launched: nothing is, as long as it stands there. */
function holdLaunch(): void {
  plan.hold([...fields.values()].some(({ isRefused }) => isRefused));
}

function openAsText(event: Event): void {
  event.preventDefault();
  channel.send({ type: 'openText' });
}

function show(form: FormState): void {
  setText(title, form.file.split(/[/\\]/).at(-1) ?? form.file);
  title.title = form.file;
  // Built once for the fields that there are: what is typed, and where, stays when values change.
  const wanted = JSON.stringify(form.groups.map((group) => group.fields.map(({ name }) => name)));
  if (wanted !== shape) {
    shape = wanted;
    build(form);
  }
  if (editable !== form.editable) {
    editable = form.editable;
    groups.toggleAttribute('inert', !editable);
  }
  for (const group of form.groups)
    for (const field of group.fields) fields.get(field.name)?.update(field);
  holdLaunch();
  note.classList.toggle('hidden', form.problems.length === 0);
  note.classList.toggle(
    'error',
    form.problems.some(({ severity }) => severity === 'error'),
  );
  note.replaceChildren(
    ...form.problems.map(({ message, hint }) =>
      element(
        'div',
        {},
        message,
        hint === null ? null : element('span', { class: 'dim' }, ` ${hint}`),
      ),
    ),
  );
}

function build(form: FormState): void {
  const focused = document.activeElement?.getAttribute('data-field') ?? null;
  fields.clear();
  groups.replaceChildren(
    ...form.groups.map((group) => {
      const id = `group-${group.title.toLowerCase().replaceAll(/\W+/g, '-')}`;
      return element(
        'section',
        { id, 'aria-labelledby': `${id}-title` },
        element('h2', { id: `${id}-title` }, group.title),
        element(
          'div',
          { class: 'fields' },
          ...group.fields.map((field) => {
            const view = new FieldView(
              field,
              (name, text) => {
                channel.send({ type: 'edit', name, text });
                holdLaunch();
              },
              (name) => channel.send({ type: 'choose', name }),
            );
            fields.set(field.name, view);
            return view.root;
          }),
        ),
      );
    }),
  );
  nav.replaceChildren(
    ...form.groups.map((group) => {
      const id = `group-${group.title.toLowerCase().replaceAll(/\W+/g, '-')}`;
      return element(
        'a',
        {
          href: `#${id}`,
          onclick: (event) => {
            event.preventDefault();
            document.getElementById(id)?.scrollIntoView({ block: 'start' });
          },
        },
        group.title,
      );
    }),
  );
  watchGroups();
  if (focused !== null) document.querySelector<HTMLElement>(`[data-field="${focused}"]`)?.focus();
}

let observer: IntersectionObserver | undefined;

/** Marks the group that is being looked at. */
function watchGroups(): void {
  observer?.disconnect();
  const visible = new Set<string>();
  observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) visible.add(target.id);
        else visible.delete(target.id);
      const sections = [...groups.children];
      const current = sections.find(({ id }) => visible.has(id))?.id ?? '';
      for (const link of nav.querySelectorAll('a'))
        if (link.getAttribute('href') === `#${current}`) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
    },
    { rootMargin: '-60px 0px -30% 0px' },
  );
  for (const section of groups.children) observer.observe(section);
}

function showPlan(state: FormPlan): void {
  plan.show(state);
  if (state.status === 'ready')
    setText(spoken, state.plan.ok ? t('The plan is ready.') : t('The plan has errors.'));
}
