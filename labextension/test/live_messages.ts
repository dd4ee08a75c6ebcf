/** The messages of one run that draws 10 W, with a sample each second. */
import type {
  IBeginMessage,
  IEndMessage,
  ILiveHead,
  IOtherHost,
  ISamplesMessage
} from '../src/record/livemessages';
import type { IEnergyPart } from '../src/record/report';
import { aReport } from './fixtures';

const head: Omit<ILiveHead, 'kind' | 'seq'> = {
  schema: 'jupyter-green.live.v1',
  run_id: 'run-1',
  cell_id: 'cell-1',
  execution_count: 3,
  label: 'fit',
  started_at: '2026-01-02T03:04:05Z',
  provenance: 'counter',
  domains: [
    {
      id: 'cpu:0/package',
      device: 'a CPU',
      provenance: 'counter',
      counted: true
    }
  ]
};

export function begin(changes: Partial<IBeginMessage> = {}): IBeginMessage {
  return { ...head, missing: [], ...changes, kind: 'begin', seq: 0 };
}

/** The message with the sample at `seq` seconds. */
export function samples(seq: number): ISamplesMessage {
  return samplesAt(seq, [seq]);
}

/** All samples up to `seq` seconds. */
export function history(seq: number): ISamplesMessage {
  return samplesAt(
    seq,
    Array.from({ length: seq }, (_, second) => second + 1)
  );
}

export function end(seq: number): IEndMessage {
  const report = aReport();
  return { ...head, kind: 'end', seq, report, record: report };
}

function samplesAt(seq: number, t_s: number[]): ISamplesMessage {
  const energy_j = 10 * seq;
  return {
    ...head,
    kind: 'samples',
    seq,
    t_s,
    power_w: { 'cpu:0/package': t_s.map(() => 10) },
    energy_j: t_s.map(t => 10 * t),
    gaps: [],
    now: {
      t_s: seq,
      power_w: 10,
      energy_j,
      peak_power_w: 12,
      domains: { 'cpu:0/package': { power_w: 10, energy_j } }
    }
  };
}

/** What a host has used of one kind. */
export function aPart(id: string, energy_j = 30): IEnergyPart {
  return { id, energy_j, provenance: 'counter', counted: true };
}

/** A host beside the notebook's, which has used 30 J up to a second. */
export function otherHost(changes: Partial<IOtherHost> = {}): IOtherHost {
  return {
    name: 'host-2',
    hosts: 1,
    parts: [aPart('host-2/cpu')],
    power_w: 32,
    t_s: 1,
    lost: false,
    ...changes
  };
}

/** A message of a run on this host and on others. */
export function samplesOnHosts(
  seq: number,
  hosts: readonly IOtherHost[],
  at_least = false
): ISamplesMessage {
  const message = samples(seq);
  const elsewhere = { own_name: 'host-1', at_least, hosts };
  const told_j = hosts.flatMap(({ parts }) => parts.map(each => each.energy_j));
  const told_w = hosts.map(({ power_w }) => power_w ?? 0);
  const now = {
    ...message.now,
    energy_j: told_j.reduce((a, b) => a + b, 10 * seq),
    power_w: told_w.reduce((a, b) => a + b, 10),
    elsewhere
  };
  return { ...message, now };
}
