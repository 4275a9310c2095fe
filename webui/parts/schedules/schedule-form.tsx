// The form that makes a schedule: when, in which time zone, and what.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import {
  type Actor,
  type JsonObject,
  type NewSchedule,
  Problem,
  type Schedule,
} from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { LISTS } from '../../api/lists.ts';
import { errorText } from '../../api/trouble.ts';
import { checkPayload } from '../form/check.ts';
import { problemsFromServer } from '../form/form.ts';
import { FormBody, FormFrame, Summary } from '../form/form-frame.tsx';
import { FieldProblemText } from '../form/frame.tsx';
import { usePayloadForm } from '../form/payload-form.ts';
import { CRON_IDEAS, OWN_ZONE, TIME_ZONES } from './when.ts';

type Props = { actor: Actor; given: JsonObject; picker: ReactNode; onMade: (schedule: Schedule) => void };

export function ScheduleForm({ actor, given, picker, onMade }: Props) {
  const form = usePayloadForm(actor, given);
  const { state, dispatch, root, elsewhere, late } = form;
  const [cron, setCron] = useState('0 9 * * *');
  const [time_zone, setZone] = useState(OWN_ZONE);
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: (schedule: NewSchedule) => client.schedules.create(schedule),
    onSuccess: schedule => {
      void queries.invalidateQueries({ queryKey: LISTS });
      onMade(schedule);
    },
    onError: error => {
      if (error instanceof Problem) dispatch({ type: 'refuse', problems: problemsFromServer(error.errors) });
    },
  });
  const send = () => {
    const problems = late.length > 0 ? late : checkPayload(root, state.payload);
    dispatch({ type: 'refuse', problems });
    if (problems.length > 0 || state.textProblem !== null || create.isPending) return;
    create.mutate({ cron, time_zone, actor: actor.name, payload: state.payload });
  };
  const at = (name: string) => elsewhere.find(({ pointer }) => pointer === `body:/${name}`)?.detail;
  const rest = elsewhere.filter(({ pointer }) => pointer !== 'body:/cron' && pointer !== 'body:/time_zone');
  const trouble = create.error && !(create.error instanceof Problem && create.error.errors.length > 0);
  return (
    <FormFrame problems={state.problems} onSend={send}>
      <div className="grid gap-5 sm:grid-cols-2">
        <CronField value={cron} problem={at('cron')} onChange={setCron} />
        <ZoneField value={time_zone} problem={at('time_zone')} onChange={setZone} />
      </div>
      <FormBody form={form} picker={picker} />
      <Summary problems={rest} trouble={trouble ? errorText(create.error) : null} />
      <button type="submit" className="button button-main self-start px-6" disabled={create.isPending}>
        {create.isPending ? 'Sending…' : 'Make the schedule'}
      </button>
    </FormFrame>
  );
}

type WhenProps = { value: string; problem: string | undefined; onChange: (value: string) => void };

function CronField({ value, problem, onChange }: WhenProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor="cron" className="font-semibold">
        When
      </label>
      <input
        id="cron"
        className="input font-mono"
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={problem ? 'cron:problem' : 'cron:help'}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
      <FieldProblemText id="cron" problem={problem} />
      <p id="cron:help" className="text-sm text-soft">
        As cron writes it: minute, hour, day, month, weekday; seconds may come first.
      </p>
      <ul className="flex flex-wrap gap-2">
        {CRON_IDEAS.map(({ words, cron }) => (
          <li key={cron}>
            <button
              type="button"
              aria-pressed={value === cron}
              className="rounded-full border border-edge px-3 py-1 text-sm hover:border-ink aria-pressed:border-ink aria-pressed:bg-sheet"
              onClick={() => onChange(cron)}
            >
              {words}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function ZoneField({ value, problem, onChange }: WhenProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor="time-zone" className="font-semibold">
        Time zone
      </label>
      <input
        id="time-zone"
        className="input"
        list="time-zones"
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={problem ? 'time-zone:problem' : undefined}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
      <FieldProblemText id="time-zone" problem={problem} />
      <datalist id="time-zones">
        {TIME_ZONES.map(zone => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </div>
  );
}
