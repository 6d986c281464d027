/** Whether a person typed the name of a target: exactly, but for blanks around it and the way accents are composed. */
export declare const isTyped: (typed: string | undefined, target: string) => boolean
