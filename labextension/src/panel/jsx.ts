/** What the elements in the panel's markup become, by short names: the build puts them in. */
import { createElement, Fragment } from 'react';

export const h = createElement;
export const F = Fragment;
