import { expect, test } from 'vitest';
import { AppError } from '../../../src/domain/error.ts';
import { detailOf, errorCodeOf } from '../../../src/http/middleware/error-status.ts';

test.each([
  [new AppError('forbidden', 'no'), 'forbidden', 'no'],
  [new AppError('internal', 'a secret'), 'internal', null],
  [new Error('a secret'), 'internal', null],
  [new URIError('URI malformed'), 'not_found', null],
  [Object.assign(new Error('too large'), { type: 'entity.too.large' }), 'too_large', null],
  [Object.assign(new Error('charset'), { type: 'charset.unsupported' }), 'unsupported_media_type', null],
  ['thrown text', 'internal', null],
  [null, 'internal', null],
])('%s is answered as %s', (error, code, detail) => {
  expect(errorCodeOf(error)).toBe(code);
  expect(detailOf(error)).toBe(detail);
});
