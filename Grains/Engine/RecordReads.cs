namespace Crm.Engine;

/// <summary>Reading: always what is committed, always through the redaction.</summary>
public sealed partial class Record<T>
{
    /// <inheritdoc />
    public async Task<RecordView?> Read(Caller caller)
    {
        await Loaded();
        return Visible(caller, out var redaction) is { Deleted: false } view ? redaction.Show(view) : null;
    }

    /// <inheritdoc />
    public async Task<CatchUp?> Since(Caller caller, long version, int limit)
    {
        await Loaded();
        if (Visible(caller, out var redaction) is not { Deleted: false } view)
        {
            return null;
        }

        var missed = view.Version - version;
        if (version <= 0 || missed < 0 || missed > limit)
        {
            return new(view.Version, redaction.Show(view), null);
        }

        var changes = version >= _tail.From
            ? _tail.After(version, view.Version).ToList()
            : await services.Journal.Read(at, version, (int)missed);
        return new(view.Version, null, [.. changes.Select(redaction.Show)]);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<Change>?> History(Caller caller, long after, int limit)
    {
        await Loaded();
        if (Visible(caller, out var redaction) is not { } view)
        {
            return null;
        }

        var changes = after >= _tail.From
            ? _tail.After(after, view.Version).Take(limit).ToList()
            : await services.Journal.Read(at, Math.Max(after, 0), limit);
        return [.. changes.Select(redaction.Show)];
    }

    private RecordView? Visible(Caller caller, out Redaction redaction)
    {
        redaction = new(caller, Info);
        return caller.Tenant == at.Tenant && _committed is { } there && redaction.Sees(there.View) ? there.View : null;
    }
}
