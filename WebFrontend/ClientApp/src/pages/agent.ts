// What a browser says of itself, as its user knows it. Most say several names; the more particular one comes first here.
const browsers: [RegExp, string][] = [[/Edg(A|iOS)?\//, 'Edge'], [/OPR\/|Opera/, 'Opera'], [/SamsungBrowser\//, 'Samsung Internet'], [/(Firefox|FxiOS)\//, 'Firefox'], [/(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'], [/Version\/[\d.]+.*Safari\//, 'Safari'], [/^curl\//, 'curl'], [/^node/i, 'Node']];
const systems: [RegExp, string][] = [[/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X|Macintosh/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux/, 'Linux']];

export function agentOf(agent: string | null): { browser?: string; system?: string; phone: boolean } {
  const first = (names: [RegExp, string][]) => names.find(([form]) => form.test(agent ?? ''))?.[1];
  return { browser: first(browsers), system: first(systems), phone: /Mobile|iPhone|Android/.test(agent ?? '') };
}
