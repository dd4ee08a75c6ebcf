/**
 * The words for what a report says with a mark. Those of conditions and shares
 * are those of `words.py` in the Python package;
 * `tests/data/word_cases.json` holds the two together.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Device } from '../record/device';
import type {
  DomainProvenance,
  IConditions,
  IDomainReport,
  IShare,
  Provenance
} from '../record/report';
import {
  type IScaled,
  type IScaleRange,
  rangeOf,
  reachOf,
  scaleOfDomain,
  sharesOf
} from '../record/scale';
import type { EnergyUnit } from '../settings';
import type { IEnergyRow, ISpent, RowDetails } from '../tokens';
import { flagsIn } from './flags';
import {
  energy,
  energySoFar,
  percent,
  power,
  scaleWords,
  whole
} from './format';
import { energyIn, energyOfSumIn, readingIn } from './units';
import { verbatim } from './verbatim';

/** What translates a text. */
export type Translator = Pick<TranslationBundle, '__' | '_n'>;

/** For a view without translations, such as the widget. */
export const UNTRANSLATED: Translator = {
  __: filled,
  _n: (one, many, n, ...values) =>
    filled(n === 1 ? one : many, ...[n, ...(values as unknown[])])
};

/** A text with its values in place of `%1`, `%2`, ..., as JupyterLab's `Gettext.strfmt` has it. */
function filled(text: string, ...values: unknown[]): string {
  return text
    .replace(/%%/g, '%% ')
    .replace(/%(\d+)/g, (_, place: string) => String(values[+place - 1]))
    .replace(/%% /g, '%');
}

/** A domain as far as its joules are divided. */
type IScaledDomain = Pick<IDomainReport, 'id' | 'scale'>;

const OLD_BASELINE_H = 1;
const MS_PER_H = 3600e3;

/** A provenance in a word or two; those of `words.py`. */
export function provenanceWord(
  provenance: Provenance,
  trans: Translator
): string {
  return {
    counter: trans.__('energy counter'),
    power: trans.__('power samples'),
    estimate: trans.__('estimated'),
    mixed: trans.__('partly estimated')
  }[provenance];
}

/** Where a total comes from, in the plural: several sensors may be in it. */
export function sensorWords(
  provenance: DomainProvenance,
  trans: Translator
): string {
  return {
    counter: trans.__('energy counters'),
    power: trans.__('power samples'),
    estimate: trans.__('estimated figures')
  }[provenance];
}

/** What is said of a cell that waits for what somebody types. */
export function waitingWords(trans: Pick<Translator, '__'>): string {
  return trans.__('waiting for input');
}

/** The watermark of figures that were played back from a recording. */
export function replayWord(trans: Translator): string {
  return trans.__('REPLAY');
}

/** What is to be said about how a cell ended, or empty where it just did. */
export function statusNote(row: IEnergyRow, trans: Translator): string {
  switch (row.status) {
    case 'ok':
    case 'running':
      return '';
    case 'queued':
      return trans.__('queued');
    case 'error':
      return trans.__('ended with an error');
    case 'interrupted':
      return trans.__('interrupted');
    case 'died':
      return trans.__('the kernel died');
    case 'restarted':
      return trans.__(
        'the kernel stopped before the cell ended; not counted, run it again'
      );
    case 'unreadable':
      return trans.__(
        'unreadable report, run the cell again: %1',
        verbatim(row.reason)
      );
    case 'newer':
      return newerReport(trans);
  }
}

/** What to do about a report that this extension is too old for. */
export function newerReport(trans: Translator): string {
  return trans.__(
    'made by a newer jupyter-green: upgrade the one of JupyterLab (pip install --upgrade jupyter-green)'
  );
}

/** A flag in words; one that is not known stands for itself. */
export function flagWords(flag: string, trans: Translator): string {
  const flags = flagsIn(trans);
  return Object.hasOwn(flags, flag) ? flags[flag].sentence : flag;
}

/** Whether a flag calls for a look; so does one that is not known. */
export function isWarning(flag: string, trans: Translator): boolean {
  const flags = flagsIn(trans);
  return !Object.hasOwn(flags, flag) || flags[flag].severity === 'warning';
}

/** Says which domains could not be read, or empty where all could. */
export function unreadWords(ids: readonly string[], trans: Translator): string {
  return ids.length > 0 ? trans.__('not read here: %1', ids.join(', ')) : '';
}

/** A remark that stands by itself: with a capital and a full stop. */
export function sentence(remark: string): string {
  const stop = remark.endsWith('.') ? '' : '.';
  return remark.slice(0, 1).toUpperCase() + remark.slice(1) + stop;
}

/** What a device did over a window, such as `87 % busy, up to 71 °C`. */
export function conditionsWords(seen: IConditions, trans: Translator): string {
  const { utilization_percent, temperature_c, power_limit_w } = seen;
  const parts: string[] = [];
  if (utilization_percent !== undefined) {
    parts.push(trans.__('%1 % busy', whole(utilization_percent)));
  }
  if (temperature_c !== undefined) {
    parts.push(trans.__('up to %1 °C', whole(temperature_c)));
  }
  if (power_limit_w !== undefined) {
    parts.push(trans.__('power limit %1', power(power_limit_w)));
  }
  return parts.join(', ');
}

/** Joules above the idle baseline, or empty where none was measured. */
export function netWords(
  details: Pick<
    RowDetails,
    'net_energy_j' | 'net_uncertainty_j' | 'provenance'
  >,
  scale: IScaleRange,
  trans: Translator,
  unit: EnergyUnit
): string {
  const { net_energy_j, net_uncertainty_j, provenance } = details;
  return net_energy_j === null
    ? ''
    : trans.__(
        'net %1 above idle',
        energyIn(
          unit,
          net_energy_j,
          net_uncertainty_j ?? null,
          provenance,
          scale
        )
      );
}

/** Both uncertainties, such as `reading ± 71 mJ, scale ± 6 %`, or empty without any. */
export function uncertaintyWords(
  uncertainty_j: number | null,
  scale: IScaleRange,
  trans: Translator,
  unit: EnergyUnit = 'auto'
): string {
  const parts: string[] = [];
  if (uncertainty_j) {
    parts.push(trans.__('reading %1', readingIn(unit, uncertainty_j)));
  }
  if (reachOf(scale) > 0) {
    parts.push(trans.__('scale %1', scaleWords(scale).replace(/^,? /, '')));
  }
  return parts.join(', ');
}

/** Both uncertainties of a total as a sentence, or empty where no scale is known. */
export function uncertaintySentence(
  uncertainty_j: number | null,
  scale: IScaleRange,
  trans: Translator,
  unit: EnergyUnit = 'auto'
): string {
  return reachOf(scale) > 0
    ? trans.__(
        'Uncertainty at 95 %: %1.',
        uncertaintyWords(uncertainty_j, scale, trans, unit)
      )
    : '';
}

/** Says on what parts of a total are compared. */
export function byReadingsHint(trans: Translator): string {
  return trans.__(
    'Compared by the readings alone: an error that the sensors share cancels out.'
  );
}

/** Both uncertainties of a domain and where its scale's is from, or empty without one. */
export function domainUncertainties(
  domain: Pick<IDomainReport, 'energy_j' | 'uncertainty_j' | 'scale'>,
  trans: Translator,
  unit: EnergyUnit = 'auto'
): string {
  const { uncertainty_j, scale } = domain;
  const range = scaleOfDomain(domain);
  return scale
    ? `${uncertaintyWords(uncertainty_j, range, trans, unit)} (${scale.source})`
    : '';
}

/** A sentence where the baseline was old when the window began, or empty. */
export function oldBaseline(
  details: Pick<RowDetails, 'net_energy_j' | 'started_at' | 'baseline_at'>,
  trans: Translator
): string {
  const { net_energy_j, started_at, baseline_at } = details;
  if (net_energy_j === null || baseline_at === undefined) {
    return '';
  }
  const age_h = (Date.parse(started_at) - Date.parse(baseline_at)) / MS_PER_H;
  return age_h > OLD_BASELINE_H
    ? trans.__(
        'Idle baseline %1 hours old: `%green baseline` measures it again.',
        age_h.toFixed(1)
      )
    : '';
}

/**
 * The kernel's own part of the joules as a sentence, or empty where it is not
 * known. What is divided are the processor's domains and the GPUs whose
 * driver keeps account of its processes (`docs/attribution.md`).
 */
export function shareSentence(
  { share, domains }: Pick<RowDetails, 'share' | 'domains'>,
  trans: Translator
): string {
  if (!share) {
    return '';
  }
  if (share.unit !== undefined) {
    return unitSentence(share, domains, trans);
  }
  const counted = domains.filter(domain => domain.counted);
  const processor = counted.filter(({ id }) => id.startsWith('cpu'));
  const gpus = counted.filter(({ id }) => Object.hasOwn(share.gpu_share, id));
  const cpuShare = percent(share.cpu_share);
  const parts: string[] = [];
  const accounts: string[] = [];
  if (processor.length > 0) {
    parts.push(
      processor.length === counted.length
        ? trans.__('≈ %1 of it', cpuShare)
        : trans.__("≈ %1 of the CPU's joules", cpuShare)
    );
    accounts.push(trans.__('CPU time'));
  }
  for (const { id } of gpus) {
    const part = [percent(share.gpu_share[id]), verbatim(id)];
    parts.push(
      parts.length > 0
        ? trans.__("≈ %1 of %2's", ...part)
        : trans.__("≈ %1 of %2's joules", ...part)
    );
  }
  if (gpus.length > 0) {
    accounts.push(trans.__("the GPU driver's accounting"));
  }
  if (parts.length === 0) {
    return '';
  }
  const divided = [
    ...processor.map(domain => partOf(domain, share.cpu_share)),
    ...gpus.map(domain => partOf(domain, share.gpu_share[domain.id]))
  ];
  const scale = rangeOf(sharesOf(divided), share.energy_j);
  const and = trans.__(' and ');
  return trans._n(
    'This kernel used %2 (%3), by %4.',
    'This kernel used %2 (in total %3), by %4.',
    parts.length,
    parts.join(and),
    energy(share.energy_j, share.uncertainty_j, 'estimate', scale),
    accounts.join(and)
  );
}

/** The parts that the host's service has told apart, as a sentence. */
function unitSentence(
  share: IShare,
  domains: readonly IScaledDomain[],
  trans: Translator
): string {
  const parts = Object.entries(share.domains ?? {});
  const own = parts.flatMap(([id, { energy_j }]) =>
    domains
      .filter(domain => domain.id === id)
      .map(({ scale }) => ({ scale, energy_j }))
  );
  const scale = rangeOf(sharesOf(own), share.energy_j);
  const kinds = new Set(parts.map(([, { by }]) => by));
  const accounts: string[] = [];
  if (kinds.has('weak-cpu-time')) {
    accounts.push(trans.__('CPU time (for memory less sure)'));
  } else if (kinds.has('cpu-time')) {
    accounts.push(trans.__('CPU time'));
  }
  if (kinds.has('driver')) {
    accounts.push(trans.__("the GPU driver's accounting"));
  }
  const values = [
    share.unit === 'cgroup'
      ? trans.__("This kernel's control group")
      : trans.__("This kernel's process session"),
    energy(share.energy_j, share.uncertainty_j, 'estimate', scale),
    energySoFar(share.others_j ?? 0, 'estimate', scale),
    accounts.join(trans.__(' and '))
  ];
  return share.idle_j === undefined
    ? trans.__('%1 used %2 (others %3), by %4.', ...values)
    : trans.__(
        '%1 used %2 (others %3, idle power %5), by %4.',
        ...values,
        energySoFar(share.idle_j, 'estimate', scale)
      );
}

/** Part of a domain's joules, with what is wrong in common with them. */
function partOf({ scale, energy_j }: IScaled, part: number): IScaled {
  return { scale, energy_j: part * energy_j };
}

/** A kind of hardware in one word. */
export function deviceWord(
  device: Device,
  trans: Pick<Translator, '__'>
): string {
  return {
    cpu: trans.__('CPU'),
    dram: trans.__('DRAM'),
    gpu: trans.__('GPU'),
    other: trans.__('Other')
  }[device];
}

/** What was spent in the session, such as `Spent: 120 ± 5 J in 4 runs, 1 repeated`. */
export function spentSentence(
  spent: ISpent,
  trans: Translator,
  unit: EnergyUnit
): string {
  const { energy_j, uncertainty_j, bounds, isEstimate, isAtLeast } = spent;
  const figure = energyOfSumIn(
    unit,
    energy_j,
    uncertainty_j,
    bounds,
    isEstimate ? 'mixed' : null,
    spent.scaleRange
  );
  const since =
    spent.since === null
      ? trans.__('Spent in this session')
      : trans.__('Spent in this session since %1', timeWords(spent.since));
  const parts = [
    trans._n('%2 in %1 run', '%2 in %1 runs', spent.runs, unbroken(figure)),
    spent.repeated > 0 ? trans.__('%1 repeated', spent.repeated) : '',
    spent.failed > 0 ? trans.__('%1 failed', spent.failed) : ''
  ].filter(part => part !== '');
  return isAtLeast
    ? trans.__('%1: at least %2', since, parts.join(', '))
    : trans.__('%1: %2', since, parts.join(', '));
}

/** A figure in a sentence, whose sign ends no line. */
function unbroken(figure: string): string {
  return figure.replace(/([≈<]) /g, '$1\u00a0');
}

/** A time of day, with its date where that is not today. */
export function timeWords(at: string): string {
  const time = new Date(at);
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  return time.toDateString() === new Date().toDateString()
    ? time.toLocaleTimeString([], clock)
    : time.toLocaleString([], { day: 'numeric', month: 'short', ...clock });
}

/**
 * A change as a part of what was before, such as `−18 %`; in words where it is
 * not clear of the uncertainty.
 */
export function changeWords(change: number, trans: Translator): string {
  if (change === 0) {
    return trans.__('no clear change');
  }
  if (change < -0.995) {
    return '< −99 %'; // rounded it would say that nothing was used
  }
  return `${change < 0 ? '−' : '+'}${percent(Math.abs(change))}`;
}

/** How long ago a time was, such as `12 min`. */
export function age(at: string, now_ms: number): string {
  const age_min = Math.max(0, (now_ms - Date.parse(at)) / 60e3);
  if (age_min < 1) {
    return '< 1 min';
  }
  return age_min < 120
    ? `${whole(age_min)} min`
    : age_min < 48 * 60
      ? `${whole(age_min / 60)} h`
      : `${whole(age_min / 1440)} d`;
}
