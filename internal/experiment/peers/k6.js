// One GET per iteration: by so many users at once, or at a rate.
import http from 'k6/http';

const rate = Number(__ENV.RATE);
const users = Number(__ENV.USERS);

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'p(99.9)'],
  scenarios: {
    load: rate > 0
      ? { executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration: __ENV.DURATION, preAllocatedVUs: users, maxVUs: Number(__ENV.MOST) }
      : { executor: 'constant-vus', vus: users, duration: __ENV.DURATION },
  },
};

export default function () {
  http.get(__ENV.TARGET);
}

export function handleSummary({ metrics }) {
  return {
    stdout: JSON.stringify({
      requests: metrics.http_reqs.values.count,
      failed: metrics.http_req_failed.values.passes,
      latency: metrics.http_req_duration.values,
    }),
  };
}
