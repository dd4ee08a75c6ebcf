/** The line below the chart: what helps to read it, the most urgent first. */
import type { IDomain } from '../chart/curve';
import { hasCurve } from '../chart/reported';
import type { Run } from '../feed/run';
import type { INow } from '../record/livemessages';
import { isReplayed } from '../record/playback';
import { isBelowResolution } from '../record/quantity';
import type { IDomainReport, IReport } from '../record/report';
import { flagsIn, type IFlag } from '../text/flags';
import { period, whole } from '../text/format';
import { sensorWords, UNTRANSLATED } from '../text/words';

/** A domain without a reading for so long is said to be so, and for so many of its refreshes. */
const SILENT_S = 2;
const SILENT_REFRESHES = 5;
/** A run of fewer refreshes of its coarsest sensor has a wide interval. */
const FEW_REFRESHES = 10;
/** What is refreshed faster is no matter. */
const COARSE_S = 0.05;
const MOST_HINTS = 3;

const FLAGS = flagsIn(UNTRANSLATED);

/** Those that are said here, warnings first. */
const URGENT = Object.entries(FLAGS)
  .filter(([, { short }]) => short !== '')
  .sort(([, a], [, b]) => rank(a) - rank(b));

/** The line for a run that goes on, or for its report. */
export function hintOf(run: Run): string {
  const { report, now, head } = run;
  const hints = report
    ? [...ofReport(report)]
    : now
      ? [...ofNow(now, head.domains)]
      : [];
  if (hints.length === 0 && (report ?? head).domains.length === 0) {
    hints.push('run %green doctor: it says why and what to do');
  }
  if (hints.length === 0) {
    hints.push(
      missingHint(run) || 'hover over the curve, or use its arrow keys'
    );
  }
  return hints.slice(0, MOST_HINTS).join(' · ');
}

/** How the total comes about. */
export function sensorsOf(domains: readonly IDomain[]): string {
  if (isReplayed(domains)) {
    return FLAGS.replayed.sentence;
  }
  const kinds = domains
    .filter(({ counted }) => counted)
    .map(({ provenance }) => sensorWords(provenance, UNTRANSLATED));
  return [...new Set(kinds)].join(' and ') || 'no sensor can be read here';
}

function* ofNow(now: INow, domains: readonly IDomain[]): Generator<string> {
  for (const { id, resolution_s = 0 } of domains) {
    const read_s = now.domains[id]?.t_s;
    const silent_s = read_s == null ? 0 : now.t_s - read_s;
    if (silent_s > Math.max(SILENT_S, SILENT_REFRESHES * resolution_s)) {
      yield `no reading from ${id} for ${whole(silent_s)} s`;
    }
  }
  for (const { id } of domains) {
    const others = now.domains[id]?.others ?? 0;
    if (others > 0) {
      yield `${id} is shared with ${processes(others)}`;
    }
  }
  yield* coarse(domains, now.t_s);
  yield* busy(
    domains.map(({ id }) => [
      id,
      now.domains[id]?.conditions?.utilization_percent
    ])
  );
}

function* ofReport(report: IReport): Generator<string> {
  const { domains, energy_j, uncertainty_j, duration_s } = report;
  if (energy_j !== null && !hasCurve(report)) {
    const isDrawn = domains.some(
      domain => !isBelowResolution(domain.energy_j, domain.uncertainty_j)
    );
    yield `too short for a curve${isDrawn ? ': showing means' : ''}`;
  }
  if (energy_j !== null && isBelowResolution(energy_j, uncertainty_j)) {
    yield* coarse(domains, Math.min(duration_s, COARSE_S));
  }
  for (const [name, { short }] of URGENT) {
    const flagged = domains.filter(({ flags }) => flags.includes(name));
    if (flagged.length > 0) {
      yield `${flagged.map(({ id }) => id).join(', ')} ${short}`;
    }
  }
  for (const [name, { short }] of URGENT) {
    if (report.flags?.includes(name)) {
      yield short;
    }
  }
  if (!isBelowResolution(energy_j, uncertainty_j)) {
    yield* coarse(domains, duration_s);
  }
  yield* busy(
    domains.map(({ id, conditions }: IDomainReport) => [
      id,
      conditions?.utilization_percent
    ])
  );
}

function* coarse(
  domains: readonly IDomain[],
  elapsed_s: number
): Generator<string> {
  let coarsest: IDomain | undefined;
  for (const domain of domains) {
    const { counted, resolution_s = 0 } = domain;
    if (counted && resolution_s > (coarsest?.resolution_s ?? COARSE_S)) {
      coarsest = domain;
    }
  }
  const resolution_s = coarsest?.resolution_s ?? 0;
  if (coarsest && elapsed_s < FEW_REFRESHES * resolution_s) {
    yield `${coarsest.id} refreshes every ${period(resolution_s)}: run longer or use %energy`;
  }
}

/** How busy the devices are: each of one or two, of more their mean and the one that stands out. */
function* busy(
  seen: readonly (readonly [id: string, percent: number | undefined])[]
): Generator<string> {
  const known = seen.filter(
    (entry): entry is readonly [string, number] => entry[1] !== undefined
  );
  if (known.length === 0) {
    return;
  }
  if (known.length <= 2) {
    yield known
      .map(([id, percent]) => `${nameOf(id)} ${whole(percent)} % busy`)
      .join(', ');
    return;
  }
  const mean = known.reduce((sum, [, p]) => sum + p, 0) / known.length;
  const [least] = [...known].sort(([, a], [, b]) => a - b);
  const odd =
    least[1] < mean / 2 ? `, ${nameOf(least[0])} ${whole(least[1])} %` : '';
  yield `${known.length} GPUs ${whole(mean)} % busy${odd}`;
}

function nameOf(id: string): string {
  return id.startsWith('gpu') ? id.replace('gpu', 'GPU').replace(':', ' ') : id;
}

function processes(count: number): string {
  return count === 1 ? '1 other process' : `${count} other processes`;
}

function missingHint({ missing }: Run): string {
  return missing && missing.length > 0
    ? `not read here: ${missing.map(({ id }) => id).join(', ')}; the details say why`
    : '';
}

function rank({ severity }: IFlag): number {
  return severity === 'warning' ? 0 : 1;
}
