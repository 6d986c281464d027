/** Icons, drawn inline so that they take the colour of the text beside them. */
const PATHS = {
  inbox: 'M3 13l3-8h12l3 8v6H3z M3 13h5l1.5 3h5L16 13h5',
  requests: 'M4 6h2 M9 6h11 M4 12h2 M9 12h11 M4 18h2 M9 18h11',
  ledger: 'M6 3h13v18H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z M4 17.500h15 M8.500 7.500h6.500 M8.500 11.500h6.500',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M2.5 20c.6-4 3.200-6 6.500-6s5.900 2 6.500 6 M16 4.500a3.500 3.500 0 0 1 0 6.300 M18 14.500c2 .8 3.200 2.600 3.500 5.500',
  agents: 'M5 9h14v10H5z M12 9V5 M9.500 13v2 M14.500 13v2 M2 13v3 M22 13v3 M12 5a1 1 0 1 0 0-2 1 1 0 0 0 0 2z',
  passkeys: 'M8 16a5 5 0 1 1 4.600-7H21v4h-2v3h-4v-3h-2.400A5 5 0 0 1 8 16z M8 11v.01',
  warning: 'M12 3.500L22 20.500H2z M12 10v5 M12 17.800v.01',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 11v5.500 M12 7.500v.01',
  done: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M7.500 12.500l3 3 6-6.500',
  refused: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M8.500 8.500l7 7 M15.500 8.500l-7 7',
  waiting: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7v5.500l3.500 2',
  stop: 'M8 2.500h8l5.500 5.500v8L16 21.500H8L2.500 16V8z M8.500 8.500l7 7 M15.500 8.500l-7 7',
  back: 'M14.500 5l-7 7 7 7',
} as const

export type IconName = keyof typeof PATHS

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
)
