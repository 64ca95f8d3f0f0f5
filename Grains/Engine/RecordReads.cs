namespace Crm.Engine;

/// <summary>Reading: always what is committed, always through the redaction.</summary>
public sealed partial class Record<T>
{
    /// <inheritdoc />
    public async Task<RecordView?> Read(Caller caller, CancellationToken cancel)
    {
        var anew = await LoadedAnew(cancel);
        if (Visible(caller, out var redaction) is { Deleted: false } view)
        {
            return redaction.Show(view);
        }

        return anew ? null : await Nothing<RecordView>(caller, cancel);
    }

    /// <inheritdoc />
    public async Task<CatchUp?> Since(Caller caller, long version, int limit, CancellationToken cancel)
    {
        var anew = await LoadedAnew(cancel);
        if (version > Version && !anew && caller.Tenant == at.Tenant)
        {
            await Doubt(cancel);
        }

        if (Visible(caller, out var redaction) is not { Deleted: false } view)
        {
            return anew ? null : await Nothing<CatchUp>(caller, cancel);
        }

        var missed = view.Version - version;
        if (version <= 0 || missed < 0 || missed > limit)
        {
            return new(view.Version, redaction.Show(view), null);
        }

        var changes = version >= _tail.From
            ? _tail.After(version, view.Version).ToList()
            : await services.Journal.Read(at, version, (int)missed, cancel);
        return new(view.Version, null, [.. changes.Select(redaction.Show)]);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<Change>?> History(Caller caller, long after, int limit, CancellationToken cancel)
    {
        var anew = await LoadedAnew(cancel);
        if (Visible(caller, out var redaction) is not { } view)
        {
            return anew ? null : await Nothing<IReadOnlyList<Change>>(caller, cancel);
        }

        var changes = after >= _tail.From
            ? _tail.After(after, view.Version).Take(limit).ToList()
            : await services.Journal.Read(at, Math.Max(after, 0), limit, cancel);
        return [.. changes.Select(redaction.Show)];
    }

    // The load is everybody's: who cancels leaves it to the others.
    private async Task<bool> LoadedAnew(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var anew = _loading is null;
        await Loaded().WaitAsync(cancel);
        return anew;
    }

    // "There is none" ends a reader's interest, so nobody would tell him of the record that another host has made or brought back.
    private async Task<TNothing?> Nothing<TNothing>(Caller caller, CancellationToken cancel) where TNothing : class
    {
        if (caller.Tenant == at.Tenant)
        {
            await Doubt(cancel);
        }

        return null;
    }

    // Another host may have written past this copy. Writes are fenced; a reader who would be misled has to ask the journal.
    private async Task Doubt(CancellationToken cancel = default)
    {
        if ((await services.Journal.Load(at, cancel)).View?.Version > Version)
        {
            _lineage.Break();
            throw new StaleException(at, Version);
        }
    }

    private RecordView? Visible(Caller caller, out Redaction redaction)
    {
        redaction = new(caller, Info);
        return caller.Tenant == at.Tenant && _committed is { } there && redaction.Sees(there.View) ? there.View : null;
    }
}
