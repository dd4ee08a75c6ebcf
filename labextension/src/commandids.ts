/** The ids of the commands. */
export const CommandIDs = {
  openPanel: 'jupyter-green:open-panel',
  meterCell: 'jupyter-green:meter-cell',
  meterAllCells: 'jupyter-green:meter-all-cells',
  setStage: 'jupyter-green:set-stage',
  measureBaseline: 'jupyter-green:measure-baseline',
  exportCsv: 'jupyter-green:export-csv',
  exportJson: 'jupyter-green:export-json',
  exportPng: 'jupyter-green:export-png',
  exportMarkdown: 'jupyter-green:export-markdown',
  copyRow: 'jupyter-green:copy-row',
  clear: 'jupyter-green:clear',
  help: 'jupyter-green:help',
  setUnit: 'jupyter-green:set-unit'
} as const;
