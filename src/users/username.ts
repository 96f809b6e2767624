/**
 * The form in which a name is checked, stored and shown: compatibility variants (full width, ligatures, no-break
 * spaces) become their plain character, so that two names that look the same are the same.
 */
export const normalizeUsername = (name: string): string => name.normalize('NFKC')

/**
 * The key that makes names unique, and findable, without regard to case. Lower, upper and lower again folds what
 * one pass leaves apart (ß and ẞ, the three sigmas).
 */
export const foldUsername = (name: string): string =>
  name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')

/**
 * Control characters, lone surrogates, line breaks, switches of text direction, noncharacters and what is invisible,
 * except for the two joiners, which several scripts and emoji need.
 */
const forbidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}]|(?![\u200C\u200D])\p{Cf}/u
const badSpace = /^\s|\s$|\s\s/u
const visible = /[^\p{Default_Ignorable_Code_Point}\s]/u

/** The rule for a normalized name, as the format `username` of the schemas; its length is the schema's. */
export const isUsername = (name: string): boolean =>
  !forbidden.test(name) && !badSpace.test(name) && visible.test(name) && name === normalizeUsername(name)

/**
 * The end of the range of names that start with the given text, itself outside of it: U+10FFFF is the last code point,
 * and as a noncharacter in no name.
 */
export const prefixEnd = (prefix: string): string => `${prefix}\u{10FFFF}`
