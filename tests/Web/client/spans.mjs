// An OpenTelemetry collector as small as it can be: takes OTLP over HTTP (protobuf) and remembers the spans.
import { createServer } from 'node:http';

export async function collector() {
  const spans = [], metrics = new Set();
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      if (request.url === '/v1/traces') spans.push(...read(body));
      if (request.url === '/v1/metrics') named(body).forEach(name => metrics.add(name));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { spans, metrics, url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise(resolve => { server.closeAllConnections(); server.close(resolve); }) };
}

// opentelemetry/proto/trace/v1/trace.proto: TracesData.resource_spans = 1, ResourceSpans.scope_spans = 2, ScopeSpans.spans = 2,
// Span.trace_id = 1, span_id = 2, parent_span_id = 4, name = 5.
function read(body) {
  return of(body, 1).flatMap(resource => of(resource, 2)).flatMap(scope => of(scope, 2)).map(span => ({
    trace: of(span, 1)[0].toString('hex'), id: of(span, 2)[0].toString('hex'), parent: of(span, 4)[0]?.toString('hex') ?? '', name: of(span, 5)[0].toString(),
  }));
}

// metrics.proto: MetricsData.resource_metrics = 1, ResourceMetrics.scope_metrics = 2, ScopeMetrics.metrics = 2, Metric.name = 1.
function named(body) {
  return of(body, 1).flatMap(resource => of(resource, 2)).flatMap(scope => of(scope, 2)).map(metric => of(metric, 1)[0].toString());
}

/** The values of a field whose wire type is a length and that many bytes. */
function of(message, wanted) {
  const found = [];
  for (let at = 0; at < message.length;) {
    const [key, afterKey] = varint(message, at);
    at = afterKey;
    switch (key & 7) {
      case 0: [, at] = varint(message, at); break;
      case 1: at += 8; break;
      case 5: at += 4; break;
      default: {
        const [length, start] = varint(message, at);
        at = start + length;
        if (key >> 3 === wanted) found.push(message.subarray(start, at));
      }
    }
  }
  return found;
}

function varint(message, at) {
  let value = 0, scale = 1;
  for (; ; at++, scale *= 128) {
    value += (message[at] & 127) * scale;
    if (message[at] < 128) return [value, at + 1];
  }
}
