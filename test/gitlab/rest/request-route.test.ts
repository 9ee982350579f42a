import { expect, test } from 'vitest';
import { routeOf } from '../../../src/gitlab/rest/request-route.ts';

test('a route holds no name and no number of GitLab’s', () => {
  expect(routeOf('GET', '/sub/api/v4/projects/group%2Fsecret-app/pipelines/31/jobs')).toBe(
    'GET /projects/:id/pipelines/:id/jobs',
  );
  expect(routeOf('GET', '/api/v4/projects/1/repository/commits/feature%2Fx')).toBe(
    'GET /projects/:id/repository/commits/:id',
  );
});
