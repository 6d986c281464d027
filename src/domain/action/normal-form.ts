/**
 * Unicode normalisation in linear time. Engines sort the marks of a run by insertion, which takes seconds for 64 KiB of
 * them; here a run of more than 30, which no language has, stays as it is. UAX 15, Stream-Safe Text Format.
 */
const LONG_RUN = /((?:\p{M}|[\uFF9E\uFF9F\u0E33\u0EB3]){31,})/u

export const normalForm = (text: string, form: 'NFC' | 'NFKC'): string =>
  LONG_RUN.test(text)
    ? text
        .split(LONG_RUN)
        .map((part, index) => (index % 2 === 0 ? part.normalize(form) : part))
        .join('')
    : text.normalize(form)
