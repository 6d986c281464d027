/** Secrets in a text, by the forms that their issuers gave them. A secret without a form is not recognised. SPEC 11.1. */
import { normalForm } from '../../action/normal-form.ts'

const FORMS = [
  '-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----',
  String.raw`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`,
  String.raw`\bgh[pousr]_[A-Za-z0-9]{36,}\b`,
  String.raw`\bgithub_pat_[A-Za-z0-9_]{50,}\b`,
  String.raw`\bglpat-[A-Za-z0-9_-]{20,}`,
  String.raw`\bxox[abposr]-[A-Za-z0-9-]{10,}`,
  String.raw`\bxapp-\d-[A-Za-z0-9-]{10,}`,
  String.raw`\b[sr]k_live_[A-Za-z0-9]{16,}`,
  String.raw`\bwhsec_[A-Za-z0-9+/=]{24,}`,
  String.raw`\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}`,
  String.raw`\bAIza[A-Za-z0-9_-]{35}`,
  String.raw`\bya29\.[A-Za-z0-9_-]{20,}`,
  String.raw`\bGOCSPX-[A-Za-z0-9_-]{20,}`,
  String.raw`\bnpm_[A-Za-z0-9]{36}\b`,
  String.raw`\bpypi-AgEI[A-Za-z0-9_-]{40,}`,
  String.raw`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,
  String.raw`\bdop_v1_[a-f0-9]{64}`,
  String.raw`\bhvs\.[A-Za-z0-9_-]{24,}`,
  String.raw`\bAGE-SECRET-KEY-1[0-9A-Z]{20,}`,
  // From its first full stop: a text of `eyJ-` holds a beginning every four characters.
  String.raw`\.(?<=eyJ[A-Za-z0-9_-]{10,}\.)eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}`,
  String.raw`\bhttps:\/\/hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]+`,
  String.raw`\b[a-z][a-z0-9+]{1,20}:\/\/[^\s:/@]{1,100}:[^\s:/@]{3,100}@[\w.-]+`,
]
const SECRET = new RegExp(FORMS.join('|'), 'u')
const NOT_DRAWN = /[\p{Default_Ignorable_Code_Point}]/gu

/** Invisible characters inside do not hide one, nor do fullwidth letters. */
export const holdsSecret = (text: string): boolean =>
  SECRET.test(text) || (/[^ -~\s]/.test(text) && SECRET.test(normalForm(text.replace(NOT_DRAWN, ''), 'NFKC')))
