// What tasks produce, on the wire: media and how they were made, artifacts. Types only.
import type { Json, JsonObject } from './task.ts';

/** A stored picture or film. */
export interface Content {
  content_id: string;
  /** The generation that made it; null when somebody uploaded it. */
  metadata_id: string | null;
  workflow_run_id: string;
  index: number;
  provider_url: string | null;
  content_type: string;
  extension: string;
  size: number;
  sha256: string;
  width: number | null;
  height: number | null;
  thumbnail: { size: number; width: number; height: number } | null;
  store: string;
  created_at: string;
}

/** How media were made. */
export interface Generation {
  metadata_id: string;
  workflow_run_id: string;
  interaction_id: string | null;
  provider: string;
  prompt_id: string | null;
  operation: string;
  request_params: JsonObject;
  source_data: Json;
  provider_task_id: string | null;
  status: 'processing' | 'completed' | 'failed';
  response_data: Json;
  error_message: string | null;
  cost: { amount: number; unit: string } | null;
  task_id: string | null;
  attempt: number;
  content_ids: string[];
  created_at: string;
  completed_at: string | null;
  contents: Content[];
}

/** What a task kept besides its result. */
export interface Artifact {
  artifact_id: string;
  task_id: string;
  parent_id: string | null;
  level: number;
  label: string;
  data: Json;
  metadata: Json;
  created_at: string;
}

export interface ArtifactTree extends Artifact {
  children: ArtifactTree[];
}

/** A place in a workflow run from which people ask for media. */
export interface Interaction {
  workflow_run_id: string;
  interaction_id: string;
}

/** What is asked for from an interaction; the schema of the actor `media` says what each may hold. */
export interface SubAction {
  provider: string;
  action_type: string;
  prompt_id?: string | undefined;
  params?: object | undefined;
  source_data?: unknown;
}
