/** Controls of terminals, and marks that turn the direction of writing around. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** Text from elsewhere, as a job's name, on one line: it must not move the cursor or hide what follows. */
export const printable = (text: string): string => text.replaceAll(unprintable, ' ');
