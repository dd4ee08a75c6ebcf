/* Adds the style sheet to the page: it lies beside the scripts of the extension. */
const link = document.createElement('link');
link.rel = 'stylesheet';
link.href = `${__webpack_public_path__}style.css`;
document.head.append(link);
