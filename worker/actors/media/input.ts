// What a media task may ask for, made from the providers that are registered: one schema that checks payloads in the worker
// and, as JSON Schema, at the server's door and in the form of the page.
//
// A form needs one flat list of params, but each action of each provider has params of its own. So the JSON Schema says what
// all of them share, and narrows it by conditions: `if` this provider and this action, `then` that.
import { z } from 'zod';
import {
  actionsOf,
  type MediaAction,
  type MediaProviderRegistry,
  mediaActions,
} from '../../../providers/index.ts';
import { beyond, type ObjectSchema, shareOf } from './merge.ts';

/** One action of one provider, with its params and the common ones. */
interface Offer {
  provider: string;
  action: MediaAction;
  params: z.ZodObject;
  json: ObjectSchema;
}

const longestPrompt = 2000;

const prompt = z
  .string()
  .regex(/\S/, 'must not be blank')
  // Counted as JSON Schema counts: an emoji is one character, not two.
  .refine(text => Array.from(text).length <= longestPrompt, `must have at most ${longestPrompt} characters`)
  .meta({ title: 'Prompt', description: 'What the picture should show or say.', maxLength: longestPrompt });

const anySource = z.string().optional().meta({
  title: 'Source picture',
  description: 'A content id (gc_…), a data URL, or the URL of a picture on this server or an allowed host.',
});

const common = z.looseObject({ prompt, source_image: anySource });

const id = z
  .string()
  .max(200)
  .regex(/^(?!\.{1,2}$)[\w.:~@-]+$/, 'may have letters, digits and "_.:~@-" only');

/** The schema of media tasks for the providers of a registry. */
export function mediaInput(registry: MediaProviderRegistry) {
  const offers = registry.list().flatMap(name => offersOf(name, registry));
  return payloadSchema(registry.list(), offers).transform((payload, context) => {
    const mine = offers.filter(({ provider }) => provider === payload.provider);
    const offer = mine.find(({ action }) => action === payload.action_type);
    if (!offer) {
      const message = `must be one of ${mine.map(({ action }) => `"${action}"`).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['action_type'], message });
      return z.NEVER;
    }
    const params = offer.params.safeParse(payload.params);
    for (const { path, message } of params.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: ['params', ...path], message });
    return params.success ? { ...payload, params: common.parse(params.data) } : z.NEVER;
  });
}

export type MediaInput = ReturnType<typeof mediaInput>;
export type MediaPayload = z.output<MediaInput>;

function offersOf(name: string, registry: MediaProviderRegistry): Offer[] {
  const provider = registry.get(name);
  return actionsOf(provider).map(action => {
    const own = provider.params?.[action]?.shape ?? {};
    // Nobody should be asked for a source picture that the action has no use for.
    const shown = z.looseObject({ prompt, ...(action !== 'txt2img' && { source_image: anySource }), ...own });
    return { provider: name, action, params: common.extend(own), json: objectSchema(shown) };
  });
}

const objectShape = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
});

const objectSchema = (schema: z.ZodObject): ObjectSchema =>
  objectShape.parse(z.toJSONSchema(schema, { io: 'input' }));

function payloadSchema(providers: string[], offers: Offer[]) {
  const shared = shareOf(offers.map(({ json }) => json));
  return z
    .looseObject({
      provider: z.enum(providers).meta({ title: 'Provider', description: 'Who makes the picture.' }),
      action_type: z.enum(mediaActions).meta({
        title: 'Action',
        description: 'txt2img: a picture from words. img2img: a picture from a picture. img2vid: a film.',
      }),
      params: z.looseObject({}).meta({ title: 'Params', ...shared }),
      workflow_run_id: id
        .default('default')
        .meta({ title: 'Workflow run', description: 'The run that the result belongs to.' }),
      interaction_id: id.nullable().default(null).meta({
        title: 'Interaction',
        description: 'The interaction of the run that asked for it, if one did.',
      }),
      prompt_id: z.string().max(200).nullable().default(null).meta({
        title: 'Prompt id',
        description: "The caller's own id of the prompt.",
      }),
      source_data: z.unknown().default(null).meta({
        title: 'Source data',
        description: "The caller's own note on where the request came from; any JSON.",
      }),
    })
    .meta({ allOf: [...actionRules(providers, offers), ...paramRules(offers, shared)] });
}

/** Which actions a provider has, where it has not all of them. */
function actionRules(providers: string[], offers: Offer[]): object[] {
  return providers.flatMap(name => {
    const actions = offers.filter(({ provider }) => provider === name).map(({ action }) => action);
    if (actions.length === mediaActions.length) return [];
    return [rule({ provider: name }, { action_type: { enum: actions } })];
  });
}

/** What an action asks of its params beyond what all of them share. */
function paramRules(offers: Offer[], shared: ObjectSchema): object[] {
  return offers.flatMap(({ provider, action, json }) => {
    const params = beyond(json, shared);
    return params ? [rule({ provider, action_type: action }, { params })] : [];
  });
}

function rule(when: Record<string, string>, then: Record<string, object>): object {
  const constants = Object.entries(when).map(([key, value]) => [key, { const: value }]);
  return Object.fromEntries([
    ['if', { properties: Object.fromEntries(constants), required: Object.keys(when) }],
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, on data that nobody awaits
    ['then', { properties: then }],
  ]);
}
