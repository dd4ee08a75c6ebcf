// What the builder does besides. The style sheet stays a file of its own, which
// the page links to, instead of being carried in a script. Modules are numbered
// in their order: the builder's own numbers hold the folder that it runs in, so
// that two checkouts of one version would not be the same.
const { CopyRspackPlugin } = require('@rspack/core');

module.exports = {
  optimization: { moduleIds: 'natural' },
  plugins: [
    new CopyRspackPlugin({
      patterns: [{ from: 'style/base.css', to: 'style.css' }]
    })
  ]
};
