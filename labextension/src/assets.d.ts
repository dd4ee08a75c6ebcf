/** Style sheets, images and pages that the bundlers hand over as text. */
declare module '*.css' {
  const text: string;
  export default text;
}

declare module '*.svg' {
  const text: string;
  export default text;
}

declare module '*.md' {
  const text: string;
  export default text;
}
