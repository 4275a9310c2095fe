// The client's own types are what the server describes: a difference is an error of `npm run check:types`.
import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type * as client from '../../client/index.ts';
import type * as events from '../../server/openapi/shapes/event.ts';
import type * as records from '../../server/openapi/shapes/record.ts';
import type * as registry from '../../server/openapi/shapes/registry.ts';
import type * as remotes from '../../server/openapi/shapes/remote.ts';
import type * as servers from '../../server/openapi/shapes/server.ts';
import type * as tasks from '../../server/openapi/shapes/task.ts';

type Of<T extends z.ZodType> = z.output<T>;
/** The data of an event without its name. */
type DataOf<T> = Omit<T, 'event'>;

test('tasks are what the server describes', () => {
  expectTypeOf<Of<typeof tasks.task>>().toEqualTypeOf<client.Task>();
  expectTypeOf<Of<typeof tasks.createdTask>>().toEqualTypeOf<client.CreatedTask>();
  expectTypeOf<Of<typeof tasks.changedTask>>().toEqualTypeOf<client.ChangedTask>();
  expectTypeOf<Of<typeof tasks.cancelledTask>>().toEqualTypeOf<client.CancelledTask>();
  expectTypeOf<Of<typeof tasks.counts>>().toEqualTypeOf<client.Counts>();
});

test('events are what the server describes', () => {
  expectTypeOf<Of<typeof events.progressEvent>>().toEqualTypeOf<DataOf<client.ProgressEvent>>();
  expectTypeOf<Of<typeof events.completeEvent>>().toEqualTypeOf<DataOf<client.CompleteEvent>>();
  expectTypeOf<Of<typeof events.errorEvent>>().toEqualTypeOf<DataOf<client.ErrorEvent>>();
});

test('everything else is what the server describes', () => {
  expectTypeOf<Of<typeof records.actor>>().toEqualTypeOf<client.Actor>();
  expectTypeOf<Of<typeof records.lane>>().toEqualTypeOf<client.Lane>();
  expectTypeOf<Of<typeof registry.execution>>().toEqualTypeOf<client.Execution>();
  expectTypeOf<Of<typeof records.worker>>().toEqualTypeOf<client.Worker>();
  expectTypeOf<Of<typeof records.stats>>().toEqualTypeOf<client.Stats>();
  expectTypeOf<Of<typeof records.schedule>>().toEqualTypeOf<client.Schedule>();
  expectTypeOf<Of<typeof records.deadGroup>>().toEqualTypeOf<client.DeadGroup>();
  expectTypeOf<Of<typeof records.content>>().toEqualTypeOf<client.Content>();
  expectTypeOf<Of<typeof records.generation>>().toEqualTypeOf<client.Generation>();
  expectTypeOf<Of<typeof records.minute>>().toEqualTypeOf<client.Minute>();
  expectTypeOf<Of<typeof registry.registeredTask>>().toEqualTypeOf<client.RegisteredTask>();
  expectTypeOf<Of<typeof records.artifact>>().toEqualTypeOf<client.Artifact>();
  expectTypeOf<Of<typeof servers.session>>().toEqualTypeOf<client.Session>();
  expectTypeOf<Of<typeof servers.readiness>>().toEqualTypeOf<client.Readiness>();
});

test('rooms and workers outside are what the server describes', () => {
  expectTypeOf<Of<typeof remotes.job>>().toEqualTypeOf<client.Job>();
  expectTypeOf<Of<typeof remotes.heldTask>>().toEqualTypeOf<client.HeldTask>();
  expectTypeOf<Of<typeof remotes.joined>>().toEqualTypeOf<client.JoinedWorker>();
  expectTypeOf<Of<typeof remotes.remoteWorker>>().toEqualTypeOf<client.RemoteWorker>();
  expectTypeOf<Of<typeof remotes.stateChange>>().toEqualTypeOf<client.JobState>();
  expectTypeOf<Of<typeof remotes.jobAssigned>>().toEqualTypeOf<DataOf<client.AssignedEvent>>();
  expectTypeOf<Of<typeof remotes.jobSoftTimeout>>().toEqualTypeOf<DataOf<client.SoftTimeoutEvent>>();
  expectTypeOf<Of<typeof remotes.jobStateChanged>>().toEqualTypeOf<DataOf<client.StateChangedEvent>>();
  expectTypeOf<Of<typeof remotes.heartbeat>>().toEqualTypeOf<client.Heartbeat>();
});
