/** Whether the long forms of the tests are wanted: `npm run test:long`. */
export const isLong = process.env['LONG'] === '1';
