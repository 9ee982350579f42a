/** Nobody knows whether it was carried out: the answer to the COMMIT has not come. */
export class Unconfirmed extends Error {}
