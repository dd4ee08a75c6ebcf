import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { PanelLayout, Widget } from '@lumino/widgets';

/** A renderer whose code is loaded when the first output asks for it. */
export class LazyRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(options: LazyRenderer.IOptions) {
    super();
    this._load = options.load;
    this._place = options.place;
    this.layout = new PanelLayout();
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    if (!this._renderer && this._place) {
      this.node.replaceChildren(this._place(model));
    }
    this._renderer ??= this._load();
    const renderer = await this._renderer;
    await renderer.renderModel(model);
    if (this.isDisposed) {
      renderer.dispose();
    } else if (renderer.parent !== this) {
      this.node.replaceChildren();
      (this.layout as PanelLayout).addWidget(renderer);
    }
  }

  private readonly _load: () => Promise<IRenderMime.IRenderer>;
  private readonly _place: LazyRenderer.IOptions['place'];
  private _renderer: Promise<IRenderMime.IRenderer> | undefined;
}

/** A namespace for LazyRenderer statics. */
export namespace LazyRenderer {
  /** The options of a lazy renderer. */
  export interface IOptions {
    /** Loads and makes what shows the output. */
    readonly load: () => Promise<IRenderMime.IRenderer>;
    /** What is to be seen until then; nothing if not given. */
    readonly place?: (model: IRenderMime.IMimeModel) => HTMLElement;
  }
}
