using Crm.Web.SignIn;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Lets changed rights, ended sessions and expired tokens take effect on open connections.</summary>
internal sealed class RightsWatch(
    OpenConnections connections, ICallers callers, IRecords records, ICatalog catalog, ListBoard board, Flusher flusher, LiveOptions options,
    TimeProvider time, Pool pool, ILogger<RightsWatch> log)
{
    private const int AtOnce = 8;

    // SignalR cuts a connection off when its token ends: the client must have been told before.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);
    private long _checkedAt = time.GetTimestamp();

    /// <summary>Hears of changes from now on.</summary>
    public IDisposable Listen() => callers.OnChanged((tenant, user) => pool.Queue(
        static state => _ = state.self.Check(state.self.Of(state.tenant, state.user)), (self: this, tenant, user)));

    /// <summary>Looks every session up when its lease has run out, and ends what has expired.</summary>
    public async Task Tick()
    {
        var soon = time.GetUtcNow() + Early;
        foreach (var connection in connections.Known.Where(connection => connection.Expires <= soon))
        {
            connection.Finish(Frames.SignedOut("expired"));
        }

        if (time.GetElapsedTime(_checkedAt) >= options.LeaseEvery)
        {
            _checkedAt = time.GetTimestamp();
            await Check(connections.Known);
        }
    }

    private IEnumerable<LiveConnection> Of(string tenant, string? user) =>
        connections.Known.Where(connection => connection.Session!.Tenant == tenant && (user is null || connection.Session.User == user));

    private async Task Check(IEnumerable<LiveConnection> affected) => await Parallel.ForEachAsync(
        affected, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, TaskScheduler = TaskScheduler.Current }, async (connection, cancel) =>
        {
            await connection.Checking.WaitAsync(CancellationToken.None); // Its holder lets go soon, and with a token the wait would go on elsewhere.
            try
            {
                await Apply(connection, await callers.Find(connection.Session!, cancel));
            }
            catch (Exception fault)
            {
                log.LogWarning(fault, "The rights of a session could not be looked up; they are trusted for {Trust} at most.", options.TrustFor);
            }
            finally
            {
                connection.Checking.Release();
            }
        });

    private async Task Apply(LiveConnection connection, Caller? caller)
    {
        if (connection.Closed)
        {
            return;
        }

        if (caller is null)
        {
            connection.Finish(Frames.SignedOut("ended"));
        }
        else if (connection.Confirm(caller) is { } before && connection.RightsOrNull is { } now)
        {
            await Refilter(connection, before, now);
            flusher.Flush();
        }
    }

    private async Task Refilter(LiveConnection connection, Rights before, Rights now)
    {
        // First nothing more goes out under the old rights; what the new ones show is read after that.
        var changed = connection.Watches.Values.Where(watch => Differs(watch.At.Kind, before, now)).OrderBy(watch => watch.Number).ToList();
        var live = changed.Where(watch => watch.Topic?.Suspend(watch) is true).ToList();
        var lists = connection.Lists.Values.Where(list => Differs(list.Kind.Name, before, now)).ToList();
        lists.ForEach(list => list.Suspend());
        foreach (var watch in changed)
        {
            connection.Outdated[watch.At.Ref] = true;
        }

        foreach (var watch in live)
        {
            var visible = await MaySee(watch.At, now.Caller);
            if (connection.Watches.ContainsKey(watch.At))
            {
                continue; // The client was faster: this record is watched again, with the new rights.
            }

            if (visible)
            {
                connection.Outbox.Resync(watch.At.Ref);
            }
            else
            {
                connection.Outbox.Push(Frames.Removed(watch.At.Ref, watch.Sent, Caller.SystemUser));
            }

            connection.Touch();
        }

        foreach (var list in lists)
        {
            await board.Refilter(list, now);
        }
    }

    // Where nobody can say, the client is told to ask again itself: a watch that has ended must not look alive.
    private async Task<bool> MaySee(Address at, Caller caller)
    {
        try
        {
            return await records.Read(at, caller) is not null;
        }
        catch (Exception fault)
        {
            log.LogWarning(fault, "{Record} cannot be read under new rights; its watcher is told to ask again.", at);
            return true;
        }
    }

    private bool Differs(string kind, Rights before, Rights now) =>
        catalog.Find(kind) is not { } info || before.Of(info).Class != now.Of(info).Class || !now.Of(info).SeesKind;
}
