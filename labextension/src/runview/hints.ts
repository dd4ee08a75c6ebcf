/** The line below the chart: what helps to read it, the most urgent first. */
import type { IDomain } from '../chart/curve';
import { hasCurve } from '../chart/reported';
import type { Run } from '../feed/run';
import type { INow } from '../record/livemessages';
import { isReplayed } from '../record/playback';
import { isBelowResolution } from '../record/quantity';
import type { IDomainReport, IReport } from '../record/report';
import {
  type IExplained,
  provenanceExplained,
  replayExplained
} from '../text/explained';
import { replayedIn, shortFlagsIn } from '../text/flags';
import { period, whole } from '../text/format';
import { sensorWords, type Translator, UNTRANSLATED } from '../text/words';

/** A domain without a reading for so long is said to be so, and for so many of its refreshes. */
const SILENT_S = 2;
const SILENT_REFRESHES = 5;
/** A run of fewer refreshes of its coarsest sensor has a wide interval. */
const FEW_REFRESHES = 10;
/** What is refreshed faster is no matter. */
const COARSE_S = 0.05;
const MOST_HINTS = 3;

/** The line for a run that goes on, or for its report. */
export function hintOf(run: Run, trans: Translator = UNTRANSLATED): string {
  const { report, now, head } = run;
  const hints = report
    ? [...ofReport(report, trans)]
    : now
      ? [...ofNow(now, head.domains, trans)]
      : [];
  if (hints.length === 0 && !run.isMetered) {
    hints.push(trans.__('run %green doctor: it says why and what to do'));
  }
  if (hints.length === 0) {
    hints.push(
      missingHint(run, trans) ||
        trans.__('hover over the curve, or use its arrow keys')
    );
  }
  return hints.slice(0, MOST_HINTS).join(' · ');
}

/** How the total comes about, in words and what they mean. */
export function sensorsOf(
  domains: readonly IDomain[],
  trans: Translator
): readonly [words: string, meanings: readonly IExplained[]] {
  if (isReplayed(domains)) {
    return [replayedIn(trans), [replayExplained(trans)]];
  }
  const counted = domains.filter(({ counted }) => counted);
  const kinds = [...new Set(counted.map(({ provenance }) => provenance))];
  return [
    kinds.map(kind => sensorWords(kind, trans)).join(trans.__(' and ')) ||
      trans.__('no sensor can be read here'),
    kinds.map(kind => provenanceExplained(kind, trans))
  ];
}

function* ofNow(
  now: INow,
  domains: readonly IDomain[],
  trans: Translator
): Generator<string> {
  for (const { id, resolution_s = 0 } of domains) {
    const read_s = now.domains[id]?.t_s;
    const silent_s = read_s == null ? 0 : now.t_s - read_s;
    if (silent_s > Math.max(SILENT_S, SILENT_REFRESHES * resolution_s)) {
      yield trans.__('no reading from %1 for %2 s', id, whole(silent_s));
    }
  }
  for (const { id } of domains) {
    const others = now.domains[id]?.others ?? 0;
    if (others > 0) {
      yield trans._n(
        '%2 is shared with %1 other process',
        '%2 is shared with %1 other processes',
        others,
        id
      );
    }
  }
  yield* coarse(domains, now.t_s, trans);
  yield* busy(
    domains.map(({ id }) => [
      id,
      now.domains[id]?.conditions?.utilization_percent
    ]),
    trans
  );
}

function* ofReport(report: IReport, trans: Translator): Generator<string> {
  const urgent = shortFlagsIn(trans);
  const { domains, energy_j, uncertainty_j, duration_s } = report;
  if (energy_j !== null && !hasCurve(report)) {
    const isDrawn = domains.some(
      domain => !isBelowResolution(domain.energy_j, domain.uncertainty_j)
    );
    yield isDrawn
      ? trans.__('too short for a curve: showing means')
      : trans.__('too short for a curve');
  }
  if (energy_j !== null && isBelowResolution(energy_j, uncertainty_j)) {
    yield* coarse(domains, Math.min(duration_s, COARSE_S), trans);
  }
  yield* report.notes ?? [];
  for (const [name, short] of urgent) {
    const flagged = domains.filter(({ flags }) => flags.includes(name));
    if (flagged.length > 0) {
      yield `${flagged.map(({ id }) => id).join(', ')} ${short}`;
    }
  }
  for (const [name, short] of urgent) {
    if (report.flags?.includes(name)) {
      yield short;
    }
  }
  if (!isBelowResolution(energy_j, uncertainty_j)) {
    yield* coarse(domains, duration_s, trans);
  }
  yield* busy(
    domains.map(({ id, conditions }: IDomainReport) => [
      id,
      conditions?.utilization_percent
    ]),
    trans
  );
}

function* coarse(
  domains: readonly IDomain[],
  elapsed_s: number,
  trans: Translator
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
    yield trans.__(
      '%1 refreshes every %2: run longer or use %energy',
      coarsest.id,
      period(resolution_s)
    );
  }
}

/** How busy the devices are: each of one or two, of more their mean and the one that stands out. */
function* busy(
  seen: readonly (readonly [id: string, percent: number | undefined])[],
  trans: Translator
): Generator<string> {
  const known = seen.filter(
    (entry): entry is readonly [string, number] => entry[1] !== undefined
  );
  if (known.length === 0) {
    return;
  }
  if (known.length <= 2) {
    yield known
      .map(([id, percent]) =>
        trans.__('%1 %2 % busy', nameOf(id), whole(percent))
      )
      .join(', ');
    return;
  }
  const mean = known.reduce((sum, [, p]) => sum + p, 0) / known.length;
  const [least] = [...known].sort(([, a], [, b]) => a - b);
  const all = [known.length, whole(mean)];
  yield least[1] < mean / 2
    ? trans.__(
        '%1 GPUs %2 % busy, %3 %4 %',
        ...all,
        nameOf(least[0]),
        whole(least[1])
      )
    : trans.__('%1 GPUs %2 % busy', ...all);
}

function nameOf(id: string): string {
  return id.startsWith('gpu') ? id.replace('gpu', 'GPU').replace(':', ' ') : id;
}

function missingHint({ missing }: Run, trans: Translator): string {
  return missing && missing.length > 0
    ? trans.__(
        'not read here: %1; the details say why',
        missing.map(({ id }) => id).join(', ')
      )
    : '';
}
