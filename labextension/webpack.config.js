// What the builder does besides: the style sheet stays a file of its own, which
// the page links to, instead of being carried in a script.
const { CopyRspackPlugin } = require('@rspack/core');

module.exports = {
  plugins: [
    new CopyRspackPlugin({
      patterns: [{ from: 'style/base.css', to: 'style.css' }]
    })
  ]
};
