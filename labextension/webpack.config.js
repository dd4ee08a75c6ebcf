// What the builder does besides: the style sheet stays a file of its own,
// which the page links to, instead of being carried in a script; and functions
// become arrows where they can, which is safe as none of them is called by `new`.
const {
  CopyRspackPlugin,
  SwcJsMinimizerRspackPlugin
} = require('@rspack/core');

module.exports = {
  optimization: {
    minimizer: [
      new SwcJsMinimizerRspackPlugin({
        minimizerOptions: {
          ecma: 2020,
          compress: { ecma: 2020, module: true, passes: 3, unsafe_arrows: true }
        }
      })
    ]
  },
  plugins: [
    new CopyRspackPlugin({
      patterns: [{ from: 'style/base.css', to: 'style.css' }]
    })
  ]
};
