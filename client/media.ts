// The calls about media: stored pictures and films, how they were made, and the interactions that ask for them.
import { type Listing, type ListOptions, listOf } from './listing.ts';
import type { Content, Generation, Interaction, SubAction } from './media-record.ts';
import { type CreateOptions, onceHeader, queryOf, type RequestOptions, type Transport } from './transport.ts';

const part = encodeURIComponent;

type ContentName = Pick<Content, 'workflow_run_id' | 'content_id' | 'extension'>;

function pathOf(
  { workflow_run_id, content_id, extension }: ContentName,
  { thumbnail }: { thumbnail?: boolean | undefined },
): string {
  const query = queryOf({ thumbnail: thumbnail ? 1 : undefined });
  return `/workflow/${part(workflow_run_id)}/media/${part(content_id)}.${part(extension)}${query}`;
}

export function contentCalls(transport: Transport) {
  const { ask, send } = transport;
  return {
    /** The media of a run, uploads included, newest first. */
    list: (workflow_run_id: string, options: ListOptions = {}): Listing<Content> =>
      listOf(transport, '/api/v1/contents', { workflow_run_id }, options),
    /** Reads the record of a picture or film. Problem 404 when there is none. */
    get: (content_id: string, { signal }: RequestOptions = {}): Promise<Content> =>
      ask(`/api/v1/contents/${part(content_id)}`, { signal }),
    /** Stores a picture of at most 32 MiB; its `content_id` is a `source_image`. */
    upload: (
      picture: Blob,
      { signal, workflow_run_id }: RequestOptions & { workflow_run_id?: string | undefined } = {},
    ): Promise<Content> =>
      ask(`/api/v1/contents${queryOf({ workflow_run_id })}`, {
        method: 'POST',
        headers: { 'Content-Type': picture.type || 'image/*' },
        body: picture,
        signal,
      }),
    /** The answer with the bytes of a picture or film, or of its thumbnail. */
    open: (
      content: ContentName,
      { signal, ...what }: RequestOptions & { thumbnail?: boolean | undefined } = {},
    ): Promise<Response> => send(pathOf(content, what), { signal }),
    /** The address of the same, for an `<img>`: a page's cookie opens it, a key is not in it. */
    urlOf: (content: ContentName, what: { thumbnail?: boolean | undefined } = {}): string =>
      transport.url + pathOf(content, what),
    /** How media were made, newest first: of a run, of a status, or of both. */
    listGenerations: (
      filter: { workflow_run_id?: string; status?: Generation['status'] },
      options: ListOptions = {},
    ): Listing<Generation> => listOf(transport, '/api/v1/generations', { ...filter }, options),
    /** Reads how media were made. Problem 404 when nothing is known of it. */
    getGeneration: (metadata_id: string, { signal }: RequestOptions = {}): Promise<Generation> =>
      ask(`/api/v1/generations/${part(metadata_id)}`, { signal }),
  };
}

export function interactionCalls(transport: Transport) {
  const { tell } = transport;
  const path = (workflow_run_id: string, interaction_id: string) =>
    `/api/workflow/${part(workflow_run_id)}/interaction/${part(interaction_id)}`;
  return {
    /** Makes an interaction, or replaces it: any object. */
    put: (
      workflow_run_id: string,
      interaction_id: string,
      interaction: object,
      { signal }: RequestOptions = {},
    ): Promise<Interaction> => tell('PUT', path(workflow_run_id, interaction_id), interaction, { signal }),
    /** Asks for media from an interaction: a `media` task of its run. Problem 404 when there is no such interaction. */
    startSubAction: (
      { workflow_run_id, interaction_id }: Interaction,
      action: SubAction,
      { signal, idempotency_key }: CreateOptions = {},
    ): Promise<{ task_id: string }> =>
      tell('POST', `${path(workflow_run_id, interaction_id)}/sub-action`, action, {
        signal,
        headers: onceHeader(idempotency_key),
      }),
  };
}
