/**
 * Reads the protobuf of OTLP's traces, as far as the tests look at it.
 * Source of the field numbers: opentelemetry-proto, trace/v1/trace.proto, common/v1/common.proto, resource/v1/resource.proto
 */

/** The fields of one message by number, each as often as it came. */
type Message = ReadonlyMap<number, readonly (Buffer | bigint)[]>;

/** A variable-length integer at an offset. @returns its value, and the offset behind it */
function readVarint(bytes: Buffer, start: number): readonly [value: bigint, end: number] {
  let value = 0n;
  for (let at = start, shift = 0n; ; at += 1, shift += 7n) {
    const byte = bytes.readUInt8(at);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, (Buffer | bigint)[]>();
  for (let at = 0; at < bytes.length;) {
    const [tag, start] = readVarint(bytes, at);
    const [number, wireType] = [Number(tag >> 3n), Number(tag & 7n)];
    let value: Buffer | bigint;
    if (wireType === 0) [value, at] = readVarint(bytes, start);
    else if (wireType === 1) [value, at] = [bytes.readBigUInt64LE(start), start + 8];
    else if (wireType === 5) [value, at] = [BigInt(bytes.readUInt32LE(start)), start + 4];
    else if (wireType === 2) {
      const [length, content] = readVarint(bytes, start);
      at = content + Number(length);
      value = bytes.subarray(content, at);
    } else throw new Error(`wire type ${wireType} of field ${number} is not expected`);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const bytesOf = (message: Message, field: number): readonly Buffer[] =>
  (message.get(field) ?? []).filter((value) => typeof value !== 'bigint');
const messagesOf = (message: Message, field: number): readonly Message[] =>
  bytesOf(message, field).map(readMessage);
const textOf = (message: Message, field: number): string =>
  bytesOf(message, field)[0]?.toString('utf8') ?? '';
const idOf = (message: Message, field: number): string => bytesOf(message, field)[0]?.toString('hex') ?? '';
const numberOf = (message: Message, field: number): bigint =>
  (message.get(field) ?? []).find((value) => typeof value === 'bigint') ?? 0n;

const attributesOf = (message: Message, field: number): Record<string, unknown> =>
  Object.fromEntries(
    messagesOf(message, field).map((pair) => {
      const [value = new Map() as Message] = messagesOf(pair, 2);
      return [textOf(pair, 1), value.has(1) ? textOf(value, 1) : Number(numberOf(value, 3))];
    }),
  );

const kinds = { 1: 'internal', 2: 'server', 3: 'client' } as const;

/** A span as it reached the collector. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of its trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
  /** Ids of the spans that it is linked to. */
  readonly links: readonly string[];
  readonly ms: number;
}

const spanFrom = (span: Message): ReceivedSpan => ({
  traceId: idOf(span, 1),
  spanId: idOf(span, 2),
  parentSpanId: idOf(span, 4),
  name: textOf(span, 5),
  kind: kinds[Number(numberOf(span, 6)) as keyof typeof kinds],
  attributes: attributesOf(span, 9),
  isError: messagesOf(span, 15).some((status) => numberOf(status, 3) === 2n),
  links: messagesOf(span, 13).map((link) => idOf(link, 2)),
  ms: Number(numberOf(span, 8) - numberOf(span, 7)) / 1e6,
});

/** The spans of an export, and the attributes of the resources that they are of. */
export function readOtlp(body: Buffer) {
  const resourceSpans = messagesOf(readMessage(body), 1);
  return {
    spans: resourceSpans.flatMap((each) =>
      messagesOf(each, 2).flatMap((scope) => messagesOf(scope, 2).map(spanFrom)),
    ),
    resources: resourceSpans.flatMap((each) =>
      messagesOf(each, 1).map((resource) => attributesOf(resource, 1)),
    ),
  };
}
