using System.Text;

namespace Crm.Silo.Postgres.Audit;

/// <summary>Where anchors are kept outside the database, a line each, added and never altered.</summary>
/// <param name="Path">Better on another machine's disk: who can alter the database and this file can alter both.</param>
public sealed record AnchorOptions(string Path)
{
    /// <summary>How often heads are anchored.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The file of anchors.</summary>
public sealed class AnchorFile(AnchorOptions options) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private Dictionary<string, long>? _last;

    /// <summary>The last number of a tenant that this file has; 0 for none.</summary>
    public async Task<long> Last(string tenant)
    {
        await _gate.WaitAsync();
        try
        {
            return (await Known()).GetValueOrDefault(tenant);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Adds anchors of a tenant, and has them on the disk when it completes.</summary>
    public async Task Add(string tenant, IReadOnlyList<Anchor> anchors)
    {
        await _gate.WaitAsync();
        try
        {
            var known = await Known();
            var newer = anchors.Where(anchor => anchor.Number > known.GetValueOrDefault(tenant)).ToList();
            if (newer.Count == 0)
            {
                return;
            }

            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(options.Path)!);
            await using var file = new FileStream(options.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var end = file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n' ? "\n" : ""; // A crash has cut the last line short.
            file.Seek(0, SeekOrigin.End);
            await file.WriteAsync(Encoding.UTF8.GetBytes(end + string.Concat(newer.Select(anchor => AnchorCodec.Line(tenant, anchor) + "\n"))));
            file.Flush(flushToDisk: true);
            known[tenant] = newer[^1].Number;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _gate.Dispose();

    /// <summary>What the file says of a tenant, by number; of two lines of one number both.</summary>
    public async Task<ILookup<long, string>> Read(string tenant)
    {
        await _gate.WaitAsync();
        try
        {
            return (await Lines()).Where(line => line.Tenant == tenant).ToLookup(line => line.Number, line => line.Hash);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Dictionary<string, long>> Known() =>
        _last ??= (await Lines()).GroupBy(line => line.Tenant).ToDictionary(lines => lines.Key, lines => lines.Max(line => line.Number));

    // A line that a crash has cut short is none; the next writing of it is.
    private async Task<List<(string Tenant, long Number, string Hash)>> Lines() => File.Exists(options.Path)
        ? [.. (await File.ReadAllLinesAsync(options.Path)).Select(AnchorCodec.Read).OfType<(string, long, string)>()]
        : [];
}
